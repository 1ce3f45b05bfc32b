//! A bounded channel whose send has a time limit, made of two std channels.
//!
//! ```text
//! sender -> [messages, bounded] ------> receiver
//!        <- [permits, one per place] <-
//! ```
//!
//! Use it when a send must not wait for ever and no dependency is wanted: on stable Rust there is
//! no `SyncSender::send_timeout`, but there is `Receiver::recv_timeout`, so the sender waits for a
//! permit with that. Not for several producers, since a std `Receiver` cannot be shared:
//! crossbeam's `send_timeout` serves those, and is faster.
//!
//! The technique is known from networks as credit-based flow control.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | that of the sends | `messages_arrive_in_order` |
//! | full queue | the sender waits, `limit` at most; then the message comes back | `a_message_that_finds_no_room_comes_back` |
//! | capacity | never more than `capacity` messages wait | `a_message_that_finds_no_room_comes_back` |
//! | receiver gone | the message comes back at once, also to a sender that waits | `a_receiver_that_goes_ends_the_wait` |
//! | loss | only when the receiver goes: with it go the messages that wait | `messages_that_wait_go_with_the_receiver` |
//! | sender gone | the receiver gets the messages that wait, then the end | `messages_arrive_in_order` |
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, RecvError, RecvTimeoutError, SendError};
use std::time::Duration;

/// A channel in which up to `capacity` messages wait. Memory for them is taken at the start.
///
/// # Example
///
/// ```
/// use std::{num::NonZeroUsize, time::Duration};
/// use errors::timed_send::{SendTimeoutError, channel};
///
/// const LIMIT: Duration = Duration::from_millis(1);
///
/// let (message_tx, message_rx) = channel(NonZeroUsize::MIN);
/// assert_eq!(message_tx.send_timeout("a", LIMIT), Ok(()));
/// assert_eq!(message_tx.send_timeout("b", LIMIT), Err(SendTimeoutError::Timeout("b")));
/// assert_eq!(message_rx.recv(), Ok("a"));
///
/// drop(message_rx);
/// assert_eq!(message_tx.send_timeout("b", LIMIT), Err(SendTimeoutError::Disconnected("b")));
/// ```
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "`permit_rx` outlives the loop")]
pub fn channel<T>(capacity: NonZeroUsize) -> (Sender<T>, Receiver<T>) {
    let (message_tx, message_rx) = mpsc::sync_channel(capacity.get());
    let (permit_tx, permit_rx) = mpsc::sync_channel(capacity.get());
    for _ in 0..capacity.get() {
        permit_tx.send(()).expect("permit_rx is here");
    }
    let sender = Sender {
        message_tx,
        permit_rx,
    };
    let receiver = Receiver {
        permit_tx,
        message_rx,
    };
    (sender, receiver)
}

/// The sending half: it can be moved to another thread, but neither shared nor cloned.
#[derive(Debug)]
pub struct Sender<T> {
    message_tx: mpsc::SyncSender<T>,
    permit_rx: mpsc::Receiver<()>,
}

impl<T> Sender<T> {
    /// Waits for room for `limit` at most; `Duration::ZERO` does not wait.
    ///
    /// # Errors
    ///
    /// The message, when there was no room within `limit`, or when the receiver is gone.
    pub fn send_timeout(&self, message: T, limit: Duration) -> Result<(), SendTimeoutError<T>> {
        match self.permit_rx.recv_timeout(limit) {
            // Does not wait: a permit is a place. The receiver may be gone all the same.
            Ok(()) => self
                .message_tx
                .send(message)
                .map_err(|SendError(message)| SendTimeoutError::Disconnected(message)),
            Err(RecvTimeoutError::Timeout) => Err(SendTimeoutError::Timeout(message)),
            Err(RecvTimeoutError::Disconnected) => Err(SendTimeoutError::Disconnected(message)),
        }
    }
}

/// The receiving half.
#[derive(Debug)]
pub struct Receiver<T> {
    /// Dropped first, in the order of the fields: a sender that waits need not wait until the
    /// messages in the queue have been dropped, too.
    permit_tx: mpsc::SyncSender<()>,
    message_rx: mpsc::Receiver<T>,
}

impl<T> Receiver<T> {
    /// Waits for the next message.
    ///
    /// # Errors
    ///
    /// When no message waits and the sender is gone.
    pub fn recv(&self) -> Result<T, RecvError> {
        let message = self.message_rx.recv()?;
        // Does not wait: there is a place for each permit. Fails only when the sender is gone, and
        // then nobody needs a permit.
        let _ = self.permit_tx.send(());
        Ok(message)
    }
}

/// Why a message was not sent, and the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// There was no room within the limit: later there may be.
    Timeout(T),
    /// The receiver is gone: no later message will arrive either.
    Disconnected(T),
}

impl<T> fmt::Display for SendTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout(_) => "no room within the time limit",
            Self::Disconnected(_) => "the receiver is gone",
        })
    }
}

impl<T: fmt::Debug> Error for SendTimeoutError<T> {}
