//! Streams items from a producer thread to this one, until either of them is done.
//!
//! ```text
//! items -> producer -> [capacity] -> consumer (this thread)
//! ```
//!
//! Use it when making the items and using them should overlap, as in reading and parsing. Not when
//! an item is made in less time than a message costs (30 to 800 ns): send chunks, or stay on one
//! thread. When a full queue should do more than make the producer wait, see [`back_pressure_std`].
//!
//! Variants: [`async-tokio/mpsc`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | the consumer sees what a loop over `items` sees, panics included | `a_stream_looks_like_a_loop` |
//! | order | that of the items | `a_stream_looks_like_a_loop` |
//! | overlap | producer and consumer work at the same time | `both_sides_work_at_the_same_time` |
//! | full queue | the producer waits: `items` is never more than `capacity` + 1 items ahead of what the consumer has asked for | `the_input_is_never_far_ahead_of_the_consumer` |
//! | loss | only when the consumer stops early: the items in flight are dropped | `a_consumer_that_stops_early_ends_an_endless_input` |
//! | `items` panics | the consumer gets all items before, then panics with the same payload: it never takes a panic for the end | `a_panic_in_the_input_comes_in_its_turn` |
//! | … after the consumer has stopped | the caller panics with the same payload | `a_panic_that_the_consumer_does_not_wait_for_reaches_the_caller` |
//! | `consume` panics | the producer ends, and the panic goes on | `a_panic_in_the_consumer_ends_the_producer` |
//! | ends | input ends -> producer drops the sender -> consumer sees the end; consumer stops -> receiver is dropped -> producer ends; it is joined | `a_hundred_rounds_end` |
//!
//! With crossbeam-channel, write `bounded` for `sync_channel`; nothing else changes.
//!
//! [`back_pressure_std`]: ../back_pressure_std/index.html
//! [`async-tokio/mpsc`]: ../../async_tokio/mpsc/index.html
//!
//! In short: `examples/receive_until_the_end.rs`
//!
//! Needs: std only

use std::iter;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread::{self, ScopedJoinHandle};

/// Runs through `items` on a thread of its own, and calls `consume` on this thread with them.
///
/// Up to `capacity` items wait for the consumer; 0 hands each over directly. A small capacity evens
/// out a varying pace; the smaller the items, the more a larger one (1,000, say) saves, since the
/// threads then sleep and wake less often. Memory for `capacity` items is allocated at the start.
///
/// `consume` may stop before the items end, and they need not end at all. The items in flight are
/// then dropped, `items` is asked for no more, and what `consume` returned is returned once the
/// producer has ended. A thread cannot be stopped from outside: a call of `items.next()` that is
/// under way is waited for.
///
/// # Panics
///
/// With the panic of `items` or `consume`, that of `consume` if both panic; or when the system
/// refuses to start a thread. The producer runs ahead: it may panic over an item that `consume`
/// would not have asked for.
///
/// # Example
///
/// ```
/// use basic_channel::stream::stream;
///
/// let squares = (1..).map(|n: u64| n * n);
/// let sum: u64 = stream(16, squares, |squares| squares.take_while(|&n| n < 100).sum());
/// assert_eq!(sum, 285);
/// ```
pub fn stream<T: Send, Out>(
    capacity: usize,
    items: impl IntoIterator<Item = T> + Send,
    consume: impl FnOnce(&mut dyn Iterator<Item = T>) -> Out,
) -> Out {
    thread::scope(|scope| {
        // The channel is created in here, so that the receiver is gone before the scope waits for
        // the producer, even when `consume` panics: a producer that waits for room then learns that
        // there will be none.
        let (item_tx, item_rx) = sync_channel(capacity);

        let producer = move || {
            for item in items {
                if item_tx.send(item).is_err() {
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
