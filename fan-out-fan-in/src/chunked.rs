//! Fans items out to worker threads a chunk at a time, for work that costs less than a message.
//!
//! `items, behind a lock -> chunks -> workers -> [chunks of results, capacity] -> caller`
//!
//! Use it when an item takes less than 3 to 5 µs: a message costs 30 to 300 ns, and sometimes the
//! wake-up of a thread, and a chunk pays that once. Not for items that come slowly: the first of a
//! chunk waits for the last. Else: `unordered.rs`. For items in memory: `with_rayon.rs`.
//!
//! - Each item gives one result, in the order of the items within a chunk, in any order between
//!   chunks. The last chunk may be smaller.
//! - A full queue makes the workers wait: `items` is at most capacity + workers chunks ahead of the
//!   caller, besides the one in its hand.
//! - A panic of the work or of `items` reaches the caller; the results of that chunk are lost.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/fan_out_and_in.rs` · Tests: `tests/chunked.rs`
//! Needs: crossbeam-channel 0.5.17

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, Scope};

use crossbeam_channel::bounded;

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// The workers take turns to gather a `chunk` of items. A good one takes 10 to 100 µs to work
/// through, such as 16 items of 1 µs: larger ones gain little and balance worse. Up to `capacity`
/// chunks of results wait for the caller, in memory taken at the start; more than there is panics
/// or aborts.
///
/// Dropping the iterator stops the threads: chunks in progress are finished, one more is begun at
/// most. The scope joins them: an iterator that is leaked, or kept and not polled, makes it wait.
///
/// ```
/// use fan_out_fan_in::chunked::fan_out;
///
/// let sum: u64 = std::thread::scope(|scope| {
///     fan_out(scope, 1..=100_000, 4, 1_000, 4, |n: u64| n % 10).sum()
/// });
/// assert_eq!(sum, 450_000);
/// ```
///
/// # Panics
///
/// When `workers` or `chunk` is 0, or when the system refuses to start a thread. The iterator
/// panics with the panic of `work` or `items`; once it is dropped, their panics are lost.
pub fn fan_out<'scope, T: 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    chunk: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    assert!(chunk > 0, "there must be an item in a chunk");
    let (result_tx, result_rx) = bounded(capacity);
    let caller = Arc::new(()); // Gone when the iterator is dropped.

    let shared = Arc::new((Mutex::new(items.into_iter().fuse()), work));
    // Locked until all threads are there. A panic before that poisons it, and they end: nobody
    // could end one that waits for a silent input.
    let closed = shared.0.lock();
    for id in 0..workers {
        let (shared, result_tx) = (Arc::clone(&shared), result_tx.clone());
        let caller = Arc::downgrade(&caller);
        let worker = move || {
            let last_tx = result_tx.clone();
            let run = move || {
                let (items, work) = &*shared;
                // A function, so that the lock is free while the chunk is worked on. After a panic
                // of the input it is poisoned, and there are no more items.
                let next = || {
                    let mut items = items.lock().ok()?;
                    let items = (caller.strong_count() > 0).then(|| items.by_ref().take(chunk))?;
                    Some(items.collect::<Vec<T>>()).filter(|items| !items.is_empty())
                };
                while let Some(items) = next() {
                    let results: Vec<R> = items.into_iter().map(work).collect();
                    if result_tx.send(Ok(results)).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            // The panic goes on in the caller; nobody looks at what it left behind.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
                // Fails only when the caller has stopped, and no longer wants to know.
                let _ = last_tx.send(Err(payload));
            }
        };
        let name = format!("worker-{id}");
        let thread = Builder::new().name(name).spawn_scoped(scope, worker);
        thread.expect("the system has a thread left");
    }
    drop(closed);
    // Dropped in this order: who finds the results gone finds the caller gone, too.
    let ends = (caller, result_rx);
    let chunks = iter::from_fn(move || {
        let (_caller, result_rx) = &ends;
        let results = result_rx.recv().ok()?;
        Some(results.unwrap_or_else(|payload| resume_unwind(payload)))
    });
    chunks.flatten()
}
