//! Sends each message to every subscriber, over a queue for each.
//!
//! `publisher -> a queue for each: [capacity], [capacity], … -> subscribers`
//!
//! Use it when each of several threads must see every message. Cloned receivers do not do that:
//! they compete, and each gets a part; that is `mpmc.rs`. When only the newest value counts:
//! `latest.rs`. For tasks: `../async-tokio/src/broadcast.rs`.
//!
//! - Each message reaches every subscriber on the list, or is counted as missed, in the same order
//!   for all.
//! - At a full queue the publisher waits for that subscriber, passes it over, or disconnects it, as
//!   that one chose.
//! - A subscriber that goes is dropped from the list by the next message. One that comes late sees
//!   what is published from then on.
//! - A clone of a message that panics loses that message for all; no subscriber sees it.
//! - It ends when the publisher is dropped: each subscriber receives what is queued, then the end.
//!
//! In short: `examples/a_channel_for_each_subscriber.rs` · Tests: `tests/broadcast.rs`
//! Needs: std only

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};

/// What a publisher does about a subscriber whose queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhenFull {
    /// Waits until there is room. Nothing is missed, and all go at the pace of the slowest. A
    /// thread that publishes and reads its own subscription would wait for itself.
    Wait,
    /// Passes it over: it misses this message, and the count of what it missed goes up by one.
    Skip,
    /// Takes it off the list: it receives what is in its queue, then sees the end. This message is
    /// counted as missed, later ones are not; the count tells this end from that of the publisher.
    Disconnect,
}

/// Sends each message to all subscribers. To publish from many threads, put it behind a mutex, or
/// merge what they send first.
///
/// ```
/// use multi_producer::broadcast::{Publisher, WhenFull};
///
/// let mut publisher = Publisher::new();
/// let log = publisher.subscribe(16, WhenFull::Wait);
/// let display = publisher.subscribe(1, WhenFull::Skip);
/// (0..5).for_each(|n| assert_eq!(publisher.publish(n), 2));
/// drop(publisher); // Ends both.
/// assert!(log.messages.iter().eq(0..5));
/// assert_eq!((display.messages.iter().count(), display.missed()), (1, 4));
/// ```
#[derive(Debug, Default)]
pub struct Publisher<T> {
    subscribers: Vec<Subscriber<T>>,
}

/// The publisher's end of a subscription.
#[derive(Debug)]
struct Subscriber<T> {
    message_tx: SyncSender<T>,
    when_full: WhenFull,
    missed: Arc<AtomicUsize>,
}

/// What a subscriber receives. Dropping it ends the subscription.
#[derive(Debug)]
pub struct Subscription<T> {
    /// The messages. They end when the publisher is dropped, or has disconnected this subscriber.
    pub messages: Receiver<T>,
    missed: Arc<AtomicUsize>,
}

impl<T> Subscription<T> {
    /// How many messages have not reached this subscriber so far because its queue was full. Final
    /// once the messages have ended.
    pub fn missed(&self) -> usize {
        // `Relaxed` is enough: whoever has received a message, or the end, also sees what the
        // publisher counted before it.
        self.missed.load(Relaxed)
    }
}

impl<T> Publisher<T> {
    /// A publisher without subscribers.
    pub fn new() -> Self {
        let subscribers = Vec::new();
        Self { subscribers }
    }

    /// Subscribes to all messages that are published from now on.
    ///
    /// Up to `capacity` messages wait for this subscriber. With 0, it counts as full whenever it is
    /// not waiting for a message. Memory for `capacity` messages is taken at the start; a capacity
    /// that memory cannot hold panics or aborts.
    pub fn subscribe(&mut self, capacity: usize, when_full: WhenFull) -> Subscription<T> {
        let (message_tx, messages) = sync_channel(capacity);
        let missed = Arc::default();
        self.subscribers.push(Subscriber {
            message_tx,
            when_full,
            missed: Arc::clone(&missed),
        });
        Subscription { messages, missed }
    }

    /// Sends `message` to each subscriber, in the order in which they subscribed, and returns how
    /// many are left on the list. All but the last get a clone: hold a large message in an [`Arc`].
    pub fn publish(&mut self, message: T) -> usize
    where
        T: Clone,
    {
        // All clones come first: were one to panic half way, some would see the message, some not.
        let messages: Vec<T> = iter::repeat_n(message, self.subscribers.len()).collect();
        let mut messages = messages.into_iter();
        let subscribers = &mut self.subscribers;
        subscribers.retain(|subscriber| messages.next().is_some_and(|m| subscriber.send(m)));
        subscribers.len()
    }
}

impl<T> Subscriber<T> {
    /// Whether it stays on the list.
    fn send(&self, message: T) -> bool {
        if self.when_full == WhenFull::Wait {
            return self.message_tx.send(message).is_ok();
        }
        match self.message_tx.try_send(message) {
            Ok(()) => true,
            Err(TrySendError::Full(_)) => {
                self.missed.fetch_add(1, Relaxed);
                self.when_full == WhenFull::Skip
            }
            Err(TrySendError::Disconnected(_)) => false,
        }
    }
}
