//! Receives until a deadline for the whole loop, or until nothing has come for a while.
//!
//! `[messages] -> for message in receive_until(…) -> end(): all received, or out of time`
//!
//! Use `receive_until` or `receive_within` when the whole loop must end in time, and
//! `receive_until_idle` when a pause means the end. `recv_timeout(limit)` in a loop is always the
//! latter: each message starts the limit anew.
//!
//! - The deadline ends the loop, however fast messages come. What the loop does with a message is
//!   not cut short.
//! - Nothing is lost: what is still queued stays in the channel, after a `break` too.
//! - It ends when the senders are gone and the queue is empty, or when the time is up.
//!
//! For crossbeam-channel, import its `Receiver` and `RecvTimeoutError`; the rest is the same.
//!
//! In short: `examples/one_deadline_for_a_loop.rs` · Tests: `tests/deadline.rs`
//! Needs: std only

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// The messages that arrive before `deadline`. A deadline that has passed gives none.
///
/// # Example
///
/// ```
/// use std::{sync::mpsc, time::{Duration, Instant}};
/// use errors::deadline::{End, receive_until};
///
/// let (message_tx, message_rx) = mpsc::channel();
/// message_tx.send("hello").unwrap();
///
/// let mut messages = receive_until(&message_rx, Instant::now() + Duration::from_millis(5));
/// for message in &mut messages {
///     assert_eq!(message, "hello");
/// }
/// assert_eq!(messages.end(), Some(End::TimedOut)); // `message_tx` is still here.
/// ```
pub fn receive_until<T>(message_rx: &Receiver<T>, deadline: Instant) -> Messages<'_, T> {
    Messages::new(message_rx, Limit::Whole(deadline))
}

/// The messages that arrive within `limit` from now.
pub fn receive_within<T>(message_rx: &Receiver<T>, limit: Duration) -> Messages<'_, T> {
    match Instant::now().checked_add(limit) {
        Some(deadline) => receive_until(message_rx, deadline),
        // Longer than any clock runs, and so is each pause.
        None => receive_until_idle(message_rx, limit),
    }
}

/// The messages that arrive until none has for as long as `limit`.
///
/// `Duration::ZERO` ends it when the channel is empty. The time between two calls of `next`, in
/// which the loop handles a message, does not count.
pub fn receive_until_idle<T>(message_rx: &Receiver<T>, limit: Duration) -> Messages<'_, T> {
    Messages::new(message_rx, Limit::Pause(limit))
}

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All senders are gone, and all that they sent has been received.
    Disconnected,
    /// The limit was reached. Messages may be queued, and more may come.
    TimedOut,
}

/// Messages, until the limit is reached.
#[derive(Debug)]
pub struct Messages<'a, T> {
    message_rx: &'a Receiver<T>,
    limit: Limit,
    end: Option<End>,
}

#[derive(Debug)]
enum Limit {
    Whole(Instant),
    Pause(Duration),
}

impl<'a, T> Messages<'a, T> {
    fn new(message_rx: &'a Receiver<T>, limit: Limit) -> Self {
        let end = None;
        Self {
            message_rx,
            limit,
            end,
        }
    }

    /// How the loop ended; `None` if it was left by `break`.
    pub fn end(&self) -> Option<End> {
        self.end
    }
}

impl<T> Iterator for Messages<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        let wait = match self.limit {
            Limit::Pause(limit) => Some(limit),
            // With no time left, `recv_timeout` still takes a message that is queued: a fast
            // producer would keep the loop going forever.
            Limit::Whole(deadline) => Some(deadline.saturating_duration_since(Instant::now()))
                .filter(|left| !left.is_zero()),
        };
        let received = wait.map_or(Err(RecvTimeoutError::Timeout), |wait| {
            self.message_rx.recv_timeout(wait)
        });
        self.end = received.as_ref().err().map(|error| match error {
            RecvTimeoutError::Disconnected => End::Disconnected,
            RecvTimeoutError::Timeout => End::TimedOut,
        });
        received.ok()
    }
}
