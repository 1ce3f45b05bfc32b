//! What the patterns use of [`::crossbeam_channel`]. The errors are the real ones.

use ::std::cell::Cell;
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

sender!(Sender);
try_send!(Sender);
receiver!();

/// Unlike others it keeps what is queued after its last receiver is gone.
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = channel(Some(capacity), Orphans::Kept);
    (Sender(tx), Receiver(rx))
}

pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    let (tx, rx) = channel(None, Orphans::Dropped);
    (Sender(tx), Receiver(rx))
}

pub fn never<T>() -> Receiver<T> {
    let (tx, rx) = bounded(1);
    mem::forget(tx); // The channel stays behind, as long as the process lives.
    rx
}

/// For a select alone: unlike the real one it gives no [`Receiver`].
pub fn at(when: Instant) -> At {
    At(Cell::new(Some(when)))
}

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

impl<T> Sender<T> {
    pub fn send_timeout(&self, value: T, timeout: Duration) -> Result<(), SendTimeoutError<T>> {
        self.send_until(value, Wait::until(deadline_after(timeout)))
    }

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
        let sent = self.0.send_now(value, Wait::Never);
        sent.map_err(|failure| match failure {
            SendFailure::Disconnected(value) => SendError(value),
            SendFailure::Full(_) => unreachable!("it was ready"),
        })
    }
}

impl<T> Receiver<T> {
    pub fn recv_deadline(&self, deadline: Instant) -> Result<T, RecvTimeoutError> {
        self.recv_until(Wait::Until(deadline.since_start()))
    }

    #[doc(hidden)]
    pub fn recv_now(&self) -> Result<T, RecvError> {
        let received = self.0.recv_now(Wait::Never);
        received.map_err(|failure| match failure {
            RecvFailure::Disconnected => RecvError,
            RecvFailure::Empty => unreachable!("it was ready"),
        })
    }
}

/// What both ends tell of the queue.
macro_rules! look {
    ($end:ident) => {
        impl<T> $end<T> {
            pub fn len(&self) -> usize {
                self.0.len()
            }

            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            pub fn is_full(&self) -> bool {
                Some(self.len()) == self.capacity()
            }

            pub fn capacity(&self) -> Option<usize> {
                self.0.capacity()
            }
        }
    };
}

look!(Sender);
look!(Receiver);

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
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
