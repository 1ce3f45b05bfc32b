//! Shares out what many sources give among many consumers, each message to exactly one of them.
//!
//! `sources -> a producer for each -> [capacity] -> N consumers -> their results -> caller`
//!
//! Use it when messages come from several inputs and any of several consumers may take each. When
//! each consumer must see every message: `broadcast.rs`. With one consumer: `merge.rs`.
//!
//! - Each message reaches one consumer, once; a consumer sees those of one source in their order.
//! - A slow consumer holds up no other. One that stops leaves the rest to the others.
//! - A full queue makes the producers wait: together the sources are at most capacity + 1 for each
//!   source messages ahead of the consumers.
//! - Messages are lost only when all consumers have stopped: those in flight.
//! - A panic of a source or a consumer reaches the caller. All producers stop after the message in
//!   hand; the other sources need not end, but one that is silent delays it.
//! - No source is polled before all threads are there: if one cannot be started, none waits for
//!   input.
//!
//! In short: `examples/many_to_many.rs` · Tests: `tests/mpmc.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Builder, Scope, ScopedJoinHandle};

use crossbeam_channel::{Receiver, bounded};

/// Iterates over each of `sources` on a thread of its own, calls `consume` on each of `consumers`
/// threads with a receiver of the messages, and returns what the calls returned, consumer-0's
/// first.
///
/// Up to `capacity` messages wait for a consumer; 0 hands each over directly. Memory for them is
/// taken at the start; a capacity that memory cannot hold panics or aborts. As `consume` is called
/// once on each thread, it can set up what that consumer needs for itself, such as a connection or
/// a buffer.
///
/// A consumer may return before the messages end, but not with a clone of the receiver: the
/// producers would wait for somebody who receives. When all have, each source is polled at most
/// once more; a call of its `next()` that is in progress is allowed to finish.
///
/// # Panics
///
/// When `consumers` is 0, or when the system refuses to start a thread; with the panic of a source
/// or of `consume`. All threads have ended by then, and the other consumers got what was waiting.
///
/// # Example
///
/// ```
/// use multi_producer::mpmc::share_out;
///
/// let sums = share_out([1..=10, 11..=100], 3, 16, |numbers| numbers.iter().sum::<u64>());
/// assert_eq!(sums.len(), 3);
/// assert_eq!(sums.iter().sum::<u64>(), 5_050);
/// ```
pub fn share_out<T: Send, R: Send>(
    sources: impl IntoIterator<Item = impl IntoIterator<Item = T> + Send>,
    consumers: usize,
    capacity: usize,
    consume: impl Fn(&Receiver<T>) -> R + Sync,
) -> Vec<R> {
    assert!(consumers > 0, "there must be a consumer");
    let (gate, stop, consume) = (&Mutex::new(()), &AtomicBool::new(false), &consume);
    thread::scope(|scope| {
        // In here, so that both ends are gone before the scope waits for its threads.
        let (message_tx, message_rx) = bounded(capacity);
        // Locked until all threads are there. A panic before that poisons it, and the producers
        // end: nobody could end a thread that waits for a silent source.
        let closed = gate.lock();

        let sources = sources.into_iter().enumerate();
        let producers: Vec<_> = sources
            .map(|(id, source)| {
                let message_tx = message_tx.clone();
                let producer = move || {
                    let _guard = StopOnPanic(stop);
                    if gate.lock().is_err() {
                        return;
                    }
                    let mut source = source.into_iter();
                    // Looked at before a message is taken, not after: one in hand is sent.
                    while !stop.load(Relaxed) {
                        let Some(message) = source.next() else { break };
                        if message_tx.send(message).is_err() {
                            break; // All consumers have stopped.
                        }
                    }
                };
                spawn(scope, format!("producer-{id}"), producer)
            })
            .collect();
        // While a sender is alive, the consumers wait for it. This one sends nothing.
        drop(message_tx);

        let consumers: Vec<_> = (0..consumers)
            .map(|id| {
                let message_rx = message_rx.clone();
                let consumer = move || {
                    let _guard = StopOnPanic(stop);
                    consume(&message_rx)
                };
                spawn(scope, format!("consumer-{id}"), consumer)
            })
            .collect();
        // While a receiver is alive, the producers wait for it. This one receives nothing.
        drop(message_rx);

        drop(closed); // Opens the gate.
        producers.into_iter().for_each(join);
        consumers.into_iter().map(join).collect()
    })
}

/// Tells the producers to stop when its thread panics: a source without an end would otherwise go
/// on, with the consumers that are left, and the caller would never learn of the panic.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Relaxed);
        }
    }
}

/// Waits for the end of `thread`; its panic goes on here.
fn join<R>(thread: ScopedJoinHandle<'_, R>) -> R {
    let result = thread.join();
    result.unwrap_or_else(|payload| resume_unwind(payload))
}

fn spawn<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() -> R + Send + 'scope,
) -> ScopedJoinHandle<'scope, R> {
    let thread = Builder::new().name(name).spawn_scoped(scope, body);
    thread.expect("the system has a thread left")
}
