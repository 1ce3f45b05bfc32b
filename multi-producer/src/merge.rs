//! Merges what many producers send into one stream, each producer on a thread of its own.
//!
//! ```text
//! source -> producer-0 -+
//! source -> producer-1 -+-> [bounded] -> consumer
//! source -> producer-2 -+
//! ```
//!
//! Use it when several inputs arrive at their own pace and one thread takes what comes; not when an
//! item is work that several threads could do: that is [`mpmc`]. The standard library is enough
//! here: its channel is a port of crossbeam's, and there is only one receiver.
//!
//! Variants: [`async-tokio/mpsc`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item of each source arrives once | `every_item_arrives_once_in_the_order_of_its_source` |
//! | order | that of the items within a source, none between sources | `every_item_arrives_once_in_the_order_of_its_source` |
//! | a slow source | holds up no other | `a_source_that_waits_is_overtaken` |
//! | full queue | the producers wait: together they are never more than `capacity` + one for each source ahead of the consumer | `the_sources_are_never_far_ahead_of_the_consumer` |
//! | loss | only when the consumer stops early: the items in flight are dropped | `a_consumer_that_stops_early_ends_all_producers` |
//! | a source panics | the consumer gets what that source gave before, then panics with the same payload, without waiting for the others | `a_panic_in_a_source_reaches_the_consumer` |
//! | … after the consumer has stopped | the panic is not passed on | `a_panic_that_the_consumer_does_not_come_to_is_not_passed_on` |
//! | ends | a source ends -> its producer drops its sender -> with the last one, the consumer sees the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! [`mpmc`]: ../mpmc/index.html
//! [`async-tokio/mpsc`]: ../../async_tokio/mpsc/index.html
//!
//! In short: `examples/clone_the_sender.rs`
//!
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::thread;

/// Iterates over each of `sources` on a thread of its own, and calls `consume` on this thread with
/// the items of all, as they come.
///
/// Up to `capacity` items wait for `consume`; 0 hands each over directly. A small capacity is
/// enough for large items; the smaller the items, the more a larger one (1,000, say) saves, since
/// the threads then sleep and wake less often. For items that cost less than a microsecond, send
/// batches of them.
///
/// A source is asked for its first item on its own thread, where a lazy one may open a file or a
/// connection. It is also dropped there.
///
/// `consume` may stop before the items end. Those in flight are then dropped, the sources are asked
/// for no more, and what `consume` returned is returned once all threads have ended. A thread
/// cannot be stopped from outside: a call of `next()` that is under way is waited for.
///
/// # Panics
///
/// With the panic of a source or of `consume`; or when the system refuses to start a thread. The
/// panic of a source that `consume` has not come to when it stops is not passed on.
///
/// # Example
///
/// ```
/// use multi_producer::merge::merge;
///
/// let sum: u64 = merge([1..=10, 11..=100], 16, |numbers| numbers.sum());
/// assert_eq!(sum, 5_050);
/// ```
pub fn merge<T: Send, Out>(
    sources: impl IntoIterator<Item = impl Iterator<Item = T> + Send>,
    capacity: usize,
    consume: impl FnOnce(&mut dyn Iterator<Item = T>) -> Out,
) -> Out {
    thread::scope(|scope| {
        // The channel is created in here, so that its receiver is gone before the scope waits for
        // its threads, even when `consume` panics: a producer that waits for room then learns that
        // there will be none.
        let (item_tx, item_rx) = sync_channel(capacity);

        for (id, source) in sources.into_iter().enumerate() {
            let item_tx = item_tx.clone();
            let producer = move || {
                // Takes the source along, so that a panic in its drop is caught, too.
                let produce = || {
                    for item in source {
                        if item_tx.send(Ok(item)).is_err() {
                            break; // The consumer has stopped.
                        }
                    }
                };
                // Unwind safe: the panic continues in the consumer, and nothing is done with what
                // it left behind.
                if let Err(payload) = catch_unwind(AssertUnwindSafe(produce)) {
                    // Fails only when the consumer has stopped: then nobody is left to tell.
                    let _ = item_tx.send(Err(payload));
                }
            };
            thread::Builder::new()
                .name(format!("producer-{id}"))
                .spawn_scoped(scope, producer)
                .expect("the system has a thread left");
        }
        // The stream ends when the last sender is gone. This one was cloned for the producers and
        // sends nothing itself.
        drop(item_tx);

        let mut items = item_rx
            .into_iter()
            .map(|item: thread::Result<T>| item.unwrap_or_else(|payload| resume_unwind(payload)));
        consume(&mut items)
    })
}
