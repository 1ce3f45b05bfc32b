//! What the patterns use of [`::std::sync::mpsc`]. The errors are the real ones.

use ::std::fmt;
use ::std::time::Duration;

#[doc(no_inline)]
pub use ::std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};

pub use crate::model::channel::{IntoIter, Iter, TryIter};

use crate::model::channel::{Orphans, RecvFailure, Rx, SendFailure, Tx, Wait, channel as core};
use crate::model::kernel::deadline_after;

/// A channel that holds any number of messages.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = core(None, Orphans::Dropped);
    (Sender(tx), Receiver(rx))
}

/// A channel that holds up to `bound` messages; with 0, a rendezvous.
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (tx, rx) = core(Some(bound), Orphans::Dropped);
    (SyncSender(tx), Receiver(rx))
}

/// The sending side without a bound.
pub struct Sender<T>(Tx<T>);

/// The sending side with a bound.
pub struct SyncSender<T>(Tx<T>);

/// The receiving side.
pub struct Receiver<T>(Rx<T>);

fn send<T>(tx: &Tx<T>, value: T) -> Result<(), SendError<T>> {
    tx.send(value, Wait::Always).map_err(|failure| {
        let (SendFailure::Disconnected(value) | SendFailure::Full(value)) = failure;
        SendError(value)
    })
}

impl<T> Sender<T> {
    /// As [`::std::sync::mpsc::Sender::send`].
    ///
    /// # Errors
    ///
    /// When the receiver is gone.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        send(&self.0, value)
    }
}

impl<T> SyncSender<T> {
    /// As [`::std::sync::mpsc::SyncSender::send`].
    ///
    /// # Errors
    ///
    /// When the receiver is gone.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        send(&self.0, value)
    }

    /// As [`::std::sync::mpsc::SyncSender::try_send`].
    ///
    /// # Errors
    ///
    /// When the channel is full, or the receiver is gone.
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.0
            .send(value, Wait::Never)
            .map_err(|failure| match failure {
                SendFailure::Full(value) => TrySendError::Full(value),
                SendFailure::Disconnected(value) => TrySendError::Disconnected(value),
            })
    }
}

impl<T> Receiver<T> {
    /// As [`::std::sync::mpsc::Receiver::recv`].
    ///
    /// # Errors
    ///
    /// When the channel is empty and all senders are gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        self.0.recv(Wait::Always).map_err(|_| RecvError)
    }

    /// As [`::std::sync::mpsc::Receiver::try_recv`].
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

    /// As [`::std::sync::mpsc::Receiver::recv_timeout`].
    ///
    /// # Errors
    ///
    /// When the time is over, or the channel is empty and all senders are gone.
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        let wait = Wait::until(deadline_after(timeout));
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
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Clone for SyncSender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sender { .. }")
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("SyncSender { .. }")
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
