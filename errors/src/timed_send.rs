//! A bounded channel whose send has a time limit, made of two std channels.
//!
//! `sender -> [items] -> receiver -> [permits, one for each free place] -> sender`
//!
//! Use it when a send must not wait forever and you want no dependency. Stable Rust has no
//! `SyncSender::send_timeout`: here, the sender waits for a permit with `recv_timeout`. Not for
//! several producers: crossbeam's `send_timeout` serves those, and is faster.
//!
//! - Items arrive in the order of the sends, and never more than `capacity` of them wait.
//! - When the channel stays full, or the receiver goes, the item comes back.
//! - When the sender goes, the receiver gets the items that wait, then the end. When the receiver
//!   goes, they are lost.
//!
//! Tests: `tests/timed_send.rs`
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::sync::mpsc::{self, RecvError, RecvTimeoutError, SendError};
use std::time::Duration;

/// A channel in which up to `capacity` items wait.
///
/// Memory for them is taken at the start; a capacity that memory cannot hold panics or aborts.
///
/// # Panics
///
/// When `capacity` is 0.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use errors::timed_send::{SendFailure, channel};
///
/// let limit = Duration::from_millis(1);
/// let (item_tx, item_rx) = channel(1);
/// assert_eq!(item_tx.send_timeout("a", limit), Ok(()));
/// assert_eq!(item_tx.send_timeout("b", limit), Err(("b", SendFailure::TimedOut)));
/// assert_eq!(item_rx.recv(), Ok("a"));
/// ```
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(capacity > 0, "there must be a place for an item");
    let (item_tx, item_rx) = mpsc::sync_channel(capacity);
    let (permit_tx, permit_rx) = mpsc::sync_channel(capacity);
    for _ in 0..capacity {
        permit_tx.send(()).expect("permit_rx is here");
    }
    (
        Sender { item_tx, permit_rx },
        Receiver { permit_tx, item_rx },
    )
}

/// The sending half: it can be moved to another thread, but neither shared nor cloned.
#[derive(Debug)]
pub struct Sender<T> {
    item_tx: mpsc::SyncSender<T>,
    permit_rx: mpsc::Receiver<()>,
}

impl<T> Sender<T> {
    /// Waits up to `limit` for room; `Duration::ZERO` does not wait.
    ///
    /// # Errors
    ///
    /// The item, and why it was not sent. With `?`, which an item would not always go through:
    /// `sender.send_timeout(item, limit).map_err(|(_, failure)| failure)?`.
    pub fn send_timeout(&self, item: T, limit: Duration) -> Result<(), (T, SendFailure)> {
        match self.permit_rx.recv_timeout(limit) {
            Err(RecvTimeoutError::Timeout) => Err((item, SendFailure::TimedOut)),
            Err(RecvTimeoutError::Disconnected) => Err((item, SendFailure::Closed)),
            // Does not wait: a permit is a place. The receiver may be gone all the same.
            Ok(()) => {
                let sent = self.item_tx.send(item);
                sent.map_err(|SendError(item)| (item, SendFailure::Closed))
            }
        }
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct Receiver<T> {
    permit_tx: mpsc::SyncSender<()>,
    item_rx: mpsc::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Waits for the next item.
    ///
    /// # Errors
    ///
    /// When no item waits and the sender is gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        let item = self.item_rx.recv()?;
        // Does not wait: there is a place for each permit. Without a sender, nobody needs one.
        let _ = self.permit_tx.send(());
        Ok(item)
    }
}

/// Why an item was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFailure {
    /// There was no room within the limit: later there may be.
    TimedOut,
    /// The receiver is gone: no later item will arrive either.
    Closed,
}

impl fmt::Display for SendFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TimedOut => "no room within the time limit",
            Self::Closed => "the receiver is gone",
        })
    }
}

impl Error for SendFailure {}
