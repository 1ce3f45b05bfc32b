//! Streams items from a producer thread to this one; what a full queue means is the caller's
//! choice.
//!
//! ```text
//! items -> producer -> [capacity] -> consumer (this thread)
//!             |
//!             +-- no room: when_full(item) -> Some(item): wait with it | None: go on without it
//! ```
//!
//! Use it when the producer can be faster than the consumer, and memory must not grow without
//! limit. If the producer should simply wait, [`stream`] is the same with one argument fewer. Not
//! for a deadline on the wait, or to drop the oldest item instead of the newest: the sending side
//! of a std channel can do neither.
//!
//! Variants: [`back_pressure_crossbeam`] for crossbeam-channel.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | that of the items | `each_item_is_taken_or_refused_in_order` |
//! | full queue | holds exactly `capacity` items; with one more in hand, the producer asks `when_full` | `the_input_is_exactly_the_capacity_and_one_ahead` |
//! | ahead | at no time are more than `capacity` items sent that the consumer has not asked for | `the_input_is_never_further_ahead` |
//! | capacity 0 | a rendezvous: a send returns only when the consumer asks for the item | `a_rendezvous_sends_only_what_is_asked_for`, `the_input_is_exactly_the_capacity_and_one_ahead` |
//! | loss | what `when_full` does not return, and, when the consumer stops early, the items in flight | `what_has_no_room_is_given_back`, `a_consumer_that_stops_early_ends_an_endless_input` |
//! | `items` or `when_full` panics | the consumer gets all items sent before, then panics with the same payload | `a_panic_in_the_input_comes_in_its_turn`, `a_panic_in_when_full_comes_in_its_turn` |
//! | … after the consumer has stopped | the caller panics with the same payload | `a_panic_that_the_consumer_does_not_wait_for_reaches_the_caller` |
//! | `consume` panics | the producer ends, and the panic goes on | `a_panic_in_the_consumer_ends_the_producer` |
//! | ends | input ends -> producer drops the sender -> consumer sees the end; consumer stops -> receiver is dropped -> producer ends; it is joined | `a_hundred_rounds_end` |
//!
//! [`stream`]: ../stream/index.html
//! [`back_pressure_crossbeam`]: ../back_pressure_crossbeam/index.html
//!
//! In short: `examples/bounded_sender_waits.rs`
//!
//! Needs: std only

use std::iter;
use std::panic::resume_unwind;
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread::{self, ScopedJoinHandle};

/// Runs through `items` on a thread of its own, and calls `consume` on this thread with them.
///
/// Up to `capacity` items wait for the consumer, and memory for them is allocated at the start.
/// When there is no room, `when_full` is called with the item, on the producer's thread:
/// - it returns `Some(item)`: the producer waits for room (`Some` itself is a function that always
///   does so);
/// - it returns `None`: the producer goes on with the next item. This one has been dropped, or kept
///   for later.
///
/// With a capacity of 0 there is room only while the consumer waits for an item.
///
/// `consume` may stop before the items end, and they need not end at all. The items in flight are
/// then dropped, `items` is asked for no more, and what `consume` returned is returned once the
/// producer has ended. A thread cannot be stopped from outside: a call of `items.next()` or
/// `when_full` that is under way is waited for.
///
/// # Panics
///
/// With the panic of `items`, `when_full` or `consume`, that of `consume` if both threads panic; or
/// when the system refuses to start a thread. The producer runs ahead: it may panic over an item
/// that `consume` would not have asked for.
///
/// # Example
///
/// ```
/// use basic_channel::back_pressure_std::stream;
///
/// // Wait: nothing is lost, and the producer is as slow as the consumer.
/// let sum: u64 = stream(8, 1..=100, Some, |numbers| numbers.sum());
/// assert_eq!(sum, 5_050);
///
/// // Drop and count: the producer never waits.
/// let mut dropped = 0;
/// let when_full = |_| {
///     dropped += 1;
///     None
/// };
/// let taken = stream(8, 1..=100, when_full, |numbers| numbers.count());
/// assert_eq!(taken + dropped, 100);
///
/// // Give back: what had no room is there for another try.
/// let mut refused = Vec::new();
/// let when_full = |number| {
///     refused.push(number);
///     None
/// };
/// let taken = stream(8, 1..=100, when_full, |numbers| numbers.count());
/// assert_eq!(taken + refused.len(), 100);
/// ```
pub fn stream<T: Send, Out>(
    capacity: usize,
    items: impl IntoIterator<Item = T> + Send,
    mut when_full: impl FnMut(T) -> Option<T> + Send,
    consume: impl FnOnce(&mut dyn Iterator<Item = T>) -> Out,
) -> Out {
    thread::scope(|scope| {
        // The channel is created in here, so that the receiver is gone before the scope waits for
        // the producer, even when `consume` panics: a producer that waits for room then learns that
        // there will be none.
        let (item_tx, item_rx) = sync_channel(capacity);

        let producer = move || {
            for item in items {
                let sent = match item_tx.try_send(item) {
                    Err(TrySendError::Full(item)) => {
                        when_full(item).is_none_or(|item| item_tx.send(item).is_ok())
                    }
                    sent => sent.is_ok(),
                };
                if !sent {
                    break; // The consumer has stopped.
                }
            }
        };
        let producer = thread::Builder::new()
            .name("producer".into())
            .spawn_scoped(scope, producer)
            .expect("the system has a thread left");

        // The end of the channel does not tell a producer that has finished from one that has
        // panicked, but joining it does. So the consumer sees the end only after that.
        let mut producer = Some(producer);
        let mut join = || {
            if let Some(Err(payload)) = producer.take().map(ScopedJoinHandle::join) {
                resume_unwind(payload);
            }
        };
        let end = iter::from_fn(|| {
            join();
            None
        });
        let out = consume(&mut item_rx.iter().chain(end));

        // If the consumer has stopped early, the producer may be waiting for room: this ends it.
        drop(item_rx);
        join();
        out
    })
}
