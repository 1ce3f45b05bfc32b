//! Sends each message to every subscriber; one that falls behind is told how many it missed, and
//! goes on.
//!
//! ```text
//!                                      +-> subscriber: Message, Message, …
//! publish -> [ring of the last few] ---+-> slow subscriber: Missed(7), Message, …
//! ```
//!
//! Use it when every subscriber wants every message, and none may hold up the others: a chat, a
//! feed of events. When only the newest counts, [`watch`] is enough; when none may be missed, give
//! each subscriber an [`mpsc`] channel of its own, and let the publisher wait. Between plain
//! threads, one std or crossbeam channel for each subscriber needs no runtime.
//!
//! Variants: [`multi-producer/broadcast`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | each to all | a message goes to all that had subscribed before it | `every_subscriber_gets_every_message` |
//! | order | that of publishing, the same for all | `every_subscriber_gets_every_message` |
//! | full ring | the publisher never waits: the oldest message goes | `a_slow_subscriber_delays_nobody` |
//! | loss | counted: for each subscriber, received + missed = published | `received_and_missed_are_all_there_was` |
//! | nobody listens | no failure: `publish` returns 0 | `nobody_listening_is_no_failure` |
//! | cancelled | `next` can be dropped at any time: nothing is lost, no count either | `a_cancelled_next_loses_nothing` |
//! | ends | last sender gone -> each subscriber gets what the ring still holds, then `None` | `a_hundred_channels_end` |
//!
//! [`watch`]: ../watch/index.html
//! [`mpsc`]: ../mpsc/index.html
//! [`multi-producer/broadcast`]: ../../multi_producer/broadcast/index.html
//!
//! In short: `examples/a_broadcast.rs`
//!
//! Needs: tokio 1 (features sync)

use tokio::sync::broadcast::{
    Receiver, Sender,
    error::RecvError::{Closed, Lagged},
};

/// What a subscriber gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<T> {
    /// The next message.
    Message(T),
    /// How many messages were overwritten before this subscriber came to them.
    Missed(u64),
}

/// Sends `message` to all subscribers, and returns how many there are.
///
/// Never waits for a subscriber to receive. Where messages are large, send an `Arc`: each subscriber
/// gets a clone. The channel makes it, and drops the oldest message, under its locks: a message
/// whose clone or drop uses this channel (a guest's, say, which publishes that it has left) would
/// wait for itself for ever, and so would an `Arc` of it.
pub fn publish<T>(message_tx: &Sender<T>, message: T) -> usize {
    // The only error is that nobody has subscribed.
    message_tx.send(message).unwrap_or(0)
}

/// Waits for what comes next; `None` once all senders are gone and the ring holds nothing more.
///
/// `while let Some(event) = next(..)` is thus right, where `while let Ok(message) = recv()` ends
/// the first time that the subscriber is slow.
///
/// # Example
///
/// ```
/// use async_tokio::broadcast::{Event::{Message, Missed}, next, publish};
/// use tokio::sync::broadcast::channel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (line_tx, mut line_rx) = channel(2);
/// for number in 1..=5 {
///     publish(&line_tx, number);
/// }
/// drop(line_tx); // Ends the subscribers.
/// let mut seen = Vec::new();
/// while let Some(event) = next(&mut line_rx).await {
///     seen.push(event);
/// }
/// assert_eq!(seen, [Missed(3), Message(4), Message(5)]);
/// # }
/// ```
pub async fn next<T: Clone>(message_rx: &mut Receiver<T>) -> Option<Event<T>> {
    match message_rx.recv().await {
        Ok(message) => Some(Event::Message(message)),
        Err(Lagged(missed)) => Some(Event::Missed(missed)),
        Err(Closed) => None,
    }
}
