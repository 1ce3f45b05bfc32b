//! Shares out what many producers send among many consumers, each message to exactly one of them.
//!
//! ```text
//! source -> producer-0 -+             +-> consumer-0 -> result
//! source -> producer-1 -+-> [bounded] +-> consumer-1 -> result -> caller
//! source -> producer-2 -+             +-> consumer-2 -> result
//! ```
//!
//! Use it when messages come from several inputs and any of several consumers may take each:
//! crossbeam's receiver can be cloned, unlike std's, and the clones compete. Not when each consumer
//! must see every message: that is [`broadcast`].
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each message reaches one consumer, once; the caller gets what each consumer returned | `every_message_reaches_one_consumer_in_the_order_of_its_source` |
//! | order | a consumer sees the messages of one source in their order; no other order | `every_message_reaches_one_consumer_in_the_order_of_its_source` |
//! | a slow consumer | holds up no other | `a_consumer_that_is_held_holds_up_no_other` |
//! | full queue | the producers wait: together they are never more than `capacity` + one for each source ahead of the consumers | `the_sources_are_never_far_ahead_of_the_consumers` |
//! | a consumer stops | the others get the rest | `a_consumer_that_stops_leaves_the_rest_to_the_others` |
//! | loss | only when all consumers stop early: the messages in flight are dropped | `when_all_consumers_stop_the_producers_end` |
//! | a source or consumer panics | all producers stop after the message in hand, and the caller panics with the same payload; the other sources need not end | `a_panic_in_a_source_reaches_the_caller`, `a_panic_in_a_consumer_reaches_the_caller` |
//! | ends | sources end -> producers drop their senders -> consumers see the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! [`broadcast`]: ../broadcast/index.html
//!
//! In short: `examples/many_to_many.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, ScopedJoinHandle};

use crossbeam_channel::bounded;

/// Iterates over each of `sources` on a thread of its own, calls `consume` on each of `consumers`
/// threads with the messages that this one gets, and returns what the calls returned, consumer-0's
/// first.
///
/// Up to `capacity` messages wait for a consumer; 0 hands each over directly. As `consume` is
/// called once on each thread, it can set up what that consumer needs for itself, such as a
/// connection or a buffer, before it takes the first message.
///
/// A consumer may stop before the messages end. When all have stopped, the sources are asked for no
/// more, and what still waits is dropped when the last producer has ended. A thread cannot be
/// stopped from outside: a call of `next()` that is under way is waited for.
///
/// # Panics
///
/// With the panic of a source or of `consume`; or when the system refuses to start a thread. All
/// threads have ended by then: the producers stop, and the other consumers get what is waiting.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use multi_producer::mpmc::share_out;
///
/// let sums = share_out([1..=10, 11..=100], NonZeroUsize::new(3).unwrap(), 16, |numbers| numbers.sum::<u64>());
/// assert_eq!(sums.len(), 3);
/// assert_eq!(sums.iter().sum::<u64>(), 5_050);
/// ```
pub fn share_out<T: Send, R: Send>(
    sources: impl IntoIterator<Item = impl Iterator<Item = T> + Send>,
    consumers: NonZeroUsize,
    capacity: usize,
    consume: impl Fn(&mut dyn Iterator<Item = T>) -> R + Sync,
) -> Vec<R> {
    let (consume, stop) = (&consume, &AtomicBool::new(false));
    thread::scope(|scope| {
        let _guard = StopOnPanic(stop);
        // The channel is created in here, so that both ends are gone before the scope waits for its
        // threads, even when one cannot be started.
        let (message_tx, message_rx) = bounded(capacity);

        let consumers: Vec<_> = (0..consumers.get())
            .map(|id| {
                let message_rx = message_rx.clone();
                let consumer = move || {
                    let _guard = StopOnPanic(stop);
                    consume(&mut message_rx.into_iter())
                };
                spawn(scope, format!("consumer-{id}"), consumer)
            })
            .collect();
        // While a receiver is alive, the producers wait for it. This one receives nothing.
        drop(message_rx);

        let sources = sources.into_iter().enumerate();
        let producers: Vec<_> = sources
            .map(|(id, source)| {
                let message_tx = message_tx.clone();
                let producer = move || {
                    let _guard = StopOnPanic(stop);
                    for message in source {
                        // A failed send means that all consumers have stopped.
                        if stop.load(Relaxed) || message_tx.send(message).is_err() {
                            break;
                        }
                    }
                };
                spawn(scope, format!("producer-{id}"), producer)
            })
            .collect();
        // While a sender is alive, the consumers wait for it. This one sends nothing.
        drop(message_tx);

        producers.into_iter().for_each(join);
        consumers.into_iter().map(join).collect()
    })
}

/// Tells the producers to stop when its thread panics. Otherwise a source without an end would go
/// on, with the consumers that are left, and the caller would never learn of the panic.
///
/// `Relaxed` is enough: the flag orders nothing, and the payload comes from the join.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Relaxed);
        }
    }
}

/// Waits for the end of `thread`, and continues its panic if there was one.
fn join<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    thread
        .join()
        .unwrap_or_else(|payload| resume_unwind(payload))
}

fn spawn<'scope, R: Send + 'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    thread::Builder::new()
        .name(name)
        .spawn_scoped(scope, body)
        .expect("the system has a thread left")
}
