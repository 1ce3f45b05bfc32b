//! Receives until a deadline for the whole loop, or until nothing has come for a while, and says
//! how it ended.
//!
//! ```text
//! [messages] -> each, each, each … until the senders are gone  -> End::Disconnected
//!                                  or the limit is reached     -> End::TimedOut
//! ```
//!
//! Use `receive_until` when the whole must end in time, `receive_until_idle` when a pause means the
//! end. `recv_timeout(limit)` in a loop is the second, never the first: each message starts the
//! limit anew.
//!
//! Variants: [`deadline_std`] for the standard library.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | deadline | ends the loop, however fast messages come | `a_stream_without_end_ends_at_the_deadline` |
//! | idle limit | starts anew with each message | `an_idle_limit_starts_anew_with_each_message` |
//! | order | that of the channel | `queued_messages_come_before_the_end` |
//! | loss | none: after the deadline, what is queued stays in the channel | `after_the_deadline_messages_stay_queued` |
//! | ends | senders gone and queue empty, or time is up, whichever is seen first | `queued_messages_come_before_the_end`, `a_channel_that_stays_open_times_out` |
//!
//! [`deadline_std`]: ../deadline_std/index.html
//!
//! In short: `examples/one_deadline_for_a_loop.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

/// How a loop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// All senders are gone, and all that they sent has been received.
    Disconnected,
    /// The limit was reached. Messages may be queued, and more may come.
    TimedOut,
}

/// Calls `each` with what arrives before `deadline`.
///
/// `now` is the clock, read before each message: `Instant::now`, or a test's own. The wait for a
/// message is in real time. What `each` does with a message may go on after the deadline, and is
/// not cut short. With a deadline that is past, nothing is received.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use crossbeam_channel::bounded;
/// use errors::deadline_crossbeam::{End, receive_until};
///
/// let (message_tx, message_rx) = bounded(1);
/// message_tx.send("hello").unwrap();
///
/// let mut received = Vec::new();
/// let deadline = Instant::now() + Duration::from_millis(5);
/// let end = receive_until(&message_rx, deadline, Instant::now, |message| received.push(message));
///
/// assert_eq!(received, ["hello"]);
/// assert_eq!(end, End::TimedOut); // `message_tx` is still here.
/// ```
pub fn receive_until<T>(
    message_rx: &Receiver<T>,
    deadline: Instant,
    mut now: impl FnMut() -> Instant,
    mut each: impl FnMut(T),
) -> End {
    loop {
        // With no time left, `recv_deadline` still takes a message that is queued: a fast producer
        // would keep the loop going for ever.
        if now() >= deadline {
            return End::TimedOut;
        }
        match message_rx.recv_deadline(deadline) {
            Ok(message) => each(message),
            Err(RecvTimeoutError::Timeout) => return End::TimedOut,
            Err(RecvTimeoutError::Disconnected) => return End::Disconnected,
        }
    }
}

/// Calls `each` with what arrives, until nothing has for as long as `limit`.
///
/// With `Duration::ZERO`, ends when the channel is empty. The time that `each` takes does not
/// count.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use crossbeam_channel::bounded;
/// use errors::deadline_crossbeam::{End, receive_until_idle};
///
/// let (message_tx, message_rx) = bounded(1);
/// message_tx.send("hello").unwrap();
/// drop(message_tx);
///
/// let mut received = Vec::new();
/// let limit = Duration::from_secs(1);
/// let end = receive_until_idle(&message_rx, limit, |message| received.push(message));
///
/// assert_eq!(received, ["hello"]);
/// assert_eq!(end, End::Disconnected);
/// ```
pub fn receive_until_idle<T>(
    message_rx: &Receiver<T>,
    limit: Duration,
    mut each: impl FnMut(T),
) -> End {
    loop {
        match message_rx.recv_timeout(limit) {
            Ok(message) => each(message),
            Err(RecvTimeoutError::Timeout) => return End::TimedOut,
            Err(RecvTimeoutError::Disconnected) => return End::Disconnected,
        }
    }
}
