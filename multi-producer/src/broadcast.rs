//! Sends each message to every subscriber, over a queue for each.
//!
//! ```text
//!            +-> [bounded] -> subscription
//! publisher -+-> [bounded] -> subscription
//!            +-> [bounded] -> subscription
//! ```
//!
//! Use it when each of several threads must see every message. Cloned receivers do not do that:
//! they compete, and each gets a part; that is [`mpmc`]. What a full queue of one subscriber means
//! for the rest is chosen when it subscribes: see [`WhenFull`].
//!
//! Variants: [`async-tokio/broadcast`] for tasks, where a slow subscriber loses the oldest
//! messages.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each message reaches every subscriber on the list, or is counted as missed: published = received + missed | `published_is_received_and_missed`, `published_is_received_and_missed_across_threads` |
//! | order | that in which they were published, the same for all | `published_is_received_and_missed` |
//! | full queue | the publisher waits for this subscriber, passes it over, or disconnects it, as was chosen | `one_that_is_waited_for_holds_up_the_rest`, `one_that_is_passed_over_holds_up_nobody`, `one_that_is_disconnected_keeps_what_it_has` |
//! | a subscriber goes | it is dropped from the list by the next message, the others stay | `a_subscriber_that_is_gone_is_dropped_from_the_list` |
//! | a subscriber comes late | it sees what is published from then on, nothing from before | `one_that_comes_late_sees_what_comes_after` |
//! | loss | a queued message is received, even when the publisher is gone; it goes with its subscription | `published_is_received_and_missed` |
//! | ends | the publisher is dropped -> each subscriber receives what is queued, then sees the end | `a_hundred_rounds_end` |
//!
//! [`mpmc`]: ../mpmc/index.html
//! [`async-tokio/broadcast`]: ../../async_tokio/broadcast/index.html
//!
//! In short: `examples/a_channel_for_each_subscriber.rs`
//!
//! Needs: std only

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

/// Sends each message to all subscribers.
///
/// It has one owner, so that all subscribers see the same order. To publish from many threads, put
/// it behind a mutex, or merge what they send first.
///
/// # Example
///
/// ```
/// use std::thread;
/// use multi_producer::broadcast::{Publisher, WhenFull};
///
/// let mut publisher = Publisher::default();
/// let log = publisher.subscribe(16, WhenFull::Wait);
/// let display = publisher.subscribe(1, WhenFull::Skip);
/// thread::scope(|scope| {
///     let log = scope.spawn(move || log.messages.iter().count());
///     let display = scope.spawn(move || display.messages.iter().count() + display.missed());
///     (0..100).for_each(|n| assert_eq!(publisher.publish(&n), 2));
///     drop(publisher); // Ends both.
///     assert_eq!(log.join().unwrap(), 100);
///     assert_eq!(display.join().unwrap(), 100);
/// });
/// ```
#[derive(Debug)]
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
    #[must_use]
    pub fn missed(&self) -> usize {
        // `Relaxed` is enough: whoever has received a message, or the end, also sees what the
        // publisher counted before it.
        self.missed.load(Relaxed)
    }
}

impl<T> Default for Publisher<T> {
    fn default() -> Self {
        let subscribers = Vec::new();
        Self { subscribers }
    }
}

impl<T> Publisher<T> {
    /// Subscribes to all messages that are published from now on.
    ///
    /// Up to `capacity` messages wait for this subscriber. With 0, it counts as full whenever it is
    /// not waiting for a message.
    #[must_use]
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

    /// Sends a clone of `message` to each subscriber, in the order in which they subscribed, and
    /// returns how many are left on the list. Hold a large message in an [`Arc`], whose clones cost
    /// next to nothing.
    ///
    /// Subscribers that are gone are dropped from the list. Blocks only for those that chose
    /// [`WhenFull::Wait`].
    pub fn publish(&mut self, message: &T) -> usize
    where
        T: Clone,
    {
        self.subscribers
            .retain(|subscriber| subscriber.send(message.clone()));
        self.subscribers.len()
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
