//! Fans items out to worker threads that take turns at the input, with the standard library alone.
//!
//! `items, behind a lock -> workers -> [capacity] -> caller`
//!
//! Use it when the order of the results does not matter and you want no dependency. With one,
//! `unordered.rs` is as fast. When the order matters: `ordered.rs`.
//!
//! - Each item gives one result, in any order.
//! - A full queue makes the workers wait: `items` is at most capacity + workers items ahead of the
//!   caller.
//! - A panic of the work or of `items` reaches the caller.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/a_shared_receiver.rs` · Tests: `tests/std_only.rs`
//! Needs: std only

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, Scope};

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// Up to `capacity` results wait for the caller. The less an item takes, the more a large capacity
/// saves, since threads then sleep and wake less often. Memory for it is taken at the start; more
/// than there is panics or aborts.
///
/// Dropping the iterator stops the threads: calls in progress finish, `items` is polled once more
/// at most. The scope joins them: an iterator that is leaked, or kept and not polled, makes it
/// wait.
///
/// ```
/// use fan_out_fan_in::std_only::fan_out;
///
/// let sum: u64 = std::thread::scope(|scope| {
///     fan_out(scope, 1..=100, 4, 16, |n: u64| n * n).sum()
/// });
/// assert_eq!(sum, 338_350);
/// ```
///
/// # Panics
///
/// When `workers` is 0, or when the system refuses to start a thread. The iterator panics with the
/// panic of `work` or `items`; once it is dropped, their panics are lost.
pub fn fan_out<'scope, T: 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (result_tx, result_rx) = sync_channel(capacity);
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
                // A function, so that the lock is free while the item is worked on. After a panic
                // of the input it is poisoned, and there are no more items.
                let next = || {
                    let mut items = items.lock().ok()?;
                    (caller.strong_count() > 0).then(|| items.next())?
                };
                while let Some(item) = next() {
                    if result_tx.send(Ok(work(item))).is_err() {
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
    iter::from_fn(move || {
        let (_caller, result_rx) = &ends;
        // To sleep and be woken costs more than a few microseconds of work: the workers get a
        // chance first. (crossbeam's channels do so by themselves.)
        let soon = (0..10).find_map(|_| {
            let result = result_rx.try_recv();
            result.inspect_err(|_| thread::yield_now()).ok()
        });
        let result = soon.or_else(|| result_rx.recv().ok())?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}
