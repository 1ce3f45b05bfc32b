//! Sends each message to every subscriber; a slow one is told how many it missed, and goes on.
//!
//! `publish -> [ring of the last few] -> subscribers: Message, Message, …`
//! `                                  -> a slow one:  Missed(7), Message, …`
//!
//! Use it when every subscriber wants every message, and none may hold up the others: a chat, a
//! feed of events. If only the newest counts: `watch.rs`. If none may be missed: an mpsc channel
//! for each subscriber, and the publisher waits. Between threads:
//! `../multi-producer/src/broadcast.rs`.
//!
//! - A message goes to all that had subscribed before it, in the same order for all.
//! - The publisher never waits: when the ring is full, the oldest message goes.
//! - What a subscriber loses is counted: received + missed = published.
//! - Nobody listening is no failure.
//! - `next` can be dropped at any time: no message is lost, and no count.
//! - When the last sender is gone, each subscriber gets what the ring still holds, then `None`.
//!
//! In short: `examples/a_broadcast.rs` · Tests: `tests/broadcast.rs`
//! Needs: tokio 1.44.2 (features sync)

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
/// Each subscriber gets a clone: where messages are large, send an `Arc`. The channel makes the
/// clone, and drops the oldest message, under its locks: a message whose clone or drop uses this
/// channel (a guest, say, that publishes that it has left) would wait for itself forever.
pub fn publish<T>(message_tx: &Sender<T>, message: T) -> usize {
    // The only error is that nobody has subscribed.
    message_tx.send(message).unwrap_or(0)
}

/// Waits for what comes next; `None` once all senders are gone and the ring holds nothing more.
///
/// So `while let Some(event) = next(..)` is right, where `while let Ok(message) = recv()` ends the
/// first time that the subscriber is slow.
///
/// # Example
///
/// ```
/// use async_tokio::broadcast::{Event::{Message, Missed}, next, publish};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (line_tx, mut line_rx) = tokio::sync::broadcast::channel(2);
/// for number in 1..=5 {
///     publish(&line_tx, number);
/// }
/// assert_eq!(next(&mut line_rx).await, Some(Missed(3)));
/// assert_eq!(next(&mut line_rx).await, Some(Message(4)));
/// # }
/// ```
pub async fn next<T: Clone>(message_rx: &mut Receiver<T>) -> Option<Event<T>> {
    match message_rx.recv().await {
        Ok(message) => Some(Event::Message(message)),
        Err(Lagged(missed)) => Some(Event::Missed(missed)),
        Err(Closed) => None,
    }
}
