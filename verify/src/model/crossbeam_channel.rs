//! What the patterns use of [`::crossbeam_channel`]. The errors are the real ones.

use ::std::cell::Cell;
use ::std::fmt;
use ::std::mem;
use ::std::time::Duration;

#[doc(no_inline)]
pub use ::crossbeam_channel::{
    RecvError, RecvTimeoutError, SendError, SendTimeoutError, TryRecvError, TrySendError,
};

pub use super::channel::{IntoIter, Iter, TryIter};
pub use crate::{__select_biased as select_biased, __select_fair as select};

use super::channel::{Orphans, RecvFailure, Rx, SendFailure, Tx, Wait, channel};
use super::kernel::{deadline_after, is_over};
use super::select::Arm;
use super::std::time::Instant;

/// A channel that holds up to `capacity` messages; with 0, a rendezvous. Unlike others it keeps
/// what is queued after its last receiver is gone.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = channel(Some(capacity), Orphans::Kept);
    (Sender(tx), Receiver(rx))
}

/// A channel that holds any number of messages.
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = channel(None, Orphans::Dropped);
    (Sender(tx), Receiver(rx))
}

/// A channel on which no message ever comes, and whose end does not come either.
pub fn never<T>() -> Receiver<T> {
    let (tx, rx) = bounded(1);
    mem::forget(tx); // The channel stays behind, as long as the process lives.
    rx
}

/// One message, at `when`. For a select alone: unlike the real one it is no [`Receiver`].
pub fn at(when: Instant) -> At {
    At(Cell::new(Some(when)))
}

/// See [`at`].
#[derive(Debug)]
pub struct At(Cell<Option<Instant>>);

impl At {
    #[doc(hidden)]
    pub fn recv_now(&self) -> Result<Instant, RecvError> {
        Ok(self.0.take().expect("it was ready"))
    }
}

impl Arm for At {
    fn is_ready(&self) -> bool {
        self.0.get().is_some_and(|when| is_over(when.since_start()))
    }
}

/// The sending side.
pub struct Sender<T>(Tx<T>);

/// The receiving side.
pub struct Receiver<T>(Rx<T>);

impl<T> Sender<T> {
    /// As [`::crossbeam_channel::Sender::send`].
    ///
    /// # Errors
    ///
    /// When all receivers are gone.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        self.0.send(value, Wait::Always).map_err(|failure| {
            let (SendFailure::Disconnected(value) | SendFailure::Full(value)) = failure;
            SendError(value)
        })
    }

    /// As [`::crossbeam_channel::Sender::try_send`].
    ///
    /// # Errors
    ///
    /// When the channel is full, or all receivers are gone.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.0
            .send(value, Wait::Never)
            .map_err(|failure| match failure {
                SendFailure::Full(value) => TrySendError::Full(value),
                SendFailure::Disconnected(value) => TrySendError::Disconnected(value),
            })
    }

    /// As [`::crossbeam_channel::Sender::send_timeout`].
    ///
    /// # Errors
    ///
    /// When the time is over, or all receivers are gone.
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, Wait::until(deadline_after(timeout)))
    }

    /// As [`::crossbeam_channel::Sender::send_deadline`].
    ///
    /// # Errors
    ///
    /// When the time is over, or all receivers are gone.
    pub fn send_deadline(&self, value: T, deadline: Instant) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, Wait::Until(deadline.since_start()))
    }

    fn send_until(&self, value: T, wait: Wait) -> Result<(), SendTimeoutError<T>> {
        self.0.send(value, wait).map_err(|failure| match failure {
            SendFailure::Full(value) => SendTimeoutError::Timeout(value),
            SendFailure::Disconnected(value) => SendTimeoutError::Disconnected(value),
        })
    }

    #[doc(hidden)]
    pub fn send_now(&self, value: T) -> Result<(), SendError<T>> {
        self.0
            .send_now(value, Wait::Never)
            .map_err(|failure| match failure {
                SendFailure::Disconnected(value) => SendError(value),
                SendFailure::Full(_) => unreachable!("it was ready"),
            })
    }

    /// How many messages are queued.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no message is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many messages are queued as there is room for; a rendezvous always is full.
    pub fn is_full(&self) -> bool {
        Some(self.len()) == self.capacity()
    }

    /// For how many messages there is room; `None` where there is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.0.capacity()
    }
}

impl<T> Receiver<T> {
    /// As [`::crossbeam_channel::Receiver::recv`].
    ///
    /// # Errors
    ///
    /// When the channel is empty and all senders are gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.0.recv(Wait::Always).map_err(|_| RecvError)
    }

    /// As [`::crossbeam_channel::Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// When the channel is empty; which of the two says whether all senders are gone.
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.0.recv(Wait::Never).map_err(|failure| match failure {
            RecvFailure::Empty => TryRecvError::Empty,
            RecvFailure::Disconnected => TryRecvError::Disconnected,
        })
    }

    /// As [`::crossbeam_channel::Receiver::recv_timeout`].
    ///
    /// # Errors
    ///
    /// When the time is over, or the channel is empty and all senders are gone.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.recv_until(Wait::until(deadline_after(timeout)))
    }

    /// As [`::crossbeam_channel::Receiver::recv_deadline`].
    ///
    /// # Errors
    ///
    /// When the time is over, or the channel is empty and all senders are gone.
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Wait::Until(deadline.since_start()))
    }

    fn recv_until(&self, wait: Wait) -> Result<T, RecvTimeoutError> {
        self.0.recv(wait).map_err(|failure| match failure {
            RecvFailure::Empty => RecvTimeoutError::Timeout,
            RecvFailure::Disconnected => RecvTimeoutError::Disconnected,
        })
    }

    /// Messages until all senders are gone.
    pub fn iter(&self) -> Iter<'_, T> {
        Iter(&self.0)
    }

    /// Messages until the channel is empty.
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter(&self.0)
    }

    #[doc(hidden)]
    pub fn recv_now(&self) -> Result<T, RecvError> {
        self.0
            .recv_now(Wait::Never)
            .map_err(|failure| match failure {
                RecvFailure::Disconnected => RecvError,
                RecvFailure::Empty => unreachable!("it was ready"),
            })
    }

    /// How many messages are queued.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether no message is queued.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether as many messages are queued as there is room for; a rendezvous always is full.
    pub fn is_full(&self) -> bool {
        Some(self.len()) == self.capacity()
    }

    /// For how many messages there is room; `None` where there is no bound.
    pub fn capacity(&self) -> Option<usize> {
        self.0.capacity()
    }
}

impl<T> Arm for Sender<T> {
    fn is_ready(&self) -> bool {
        self.0.is_ready()
    }
}

impl<T> Arm for Receiver<T> {
    fn is_ready(&self) -> bool {
        self.0.is_ready()
    }

    fn start_waiting(&self) {
        self.0.start_waiting();
    }

    fn stop_waiting(&self) -> bool {
        self.0.stop_waiting()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Receiver { .. }")
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self.0)
    }
}
