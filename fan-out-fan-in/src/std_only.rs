//! Fans items out to worker threads that take turns at the input, with the standard library alone.
//!
//! items, behind a lock -> workers -> [capacity] -> caller
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

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, Scope};

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// Up to `capacity` results wait for the caller. For items that take long, a small capacity suffices;
/// the less they take, the more a large one saves, since threads then sleep and wake less often.
///
/// Dropping the iterator stops the threads: `items` is not polled again, and a call of `work` or of
/// `items.next()` that is in progress is allowed to finish. The scope joins them. An iterator that is
/// leaked, or kept and not polled, makes the scope wait.
///
/// # Panics
///
/// When `workers` is 0, or when the system refuses to start a thread. The iterator panics with the
/// panic of `work` or `items`; once it is dropped, their panics are lost.
///
/// # Example
///
/// ```
/// use fan_out_fan_in::std_only::fan_out;
///
/// let sum: u64 = std::thread::scope(|scope| {
///     fan_out(scope, 1..=100, 4, 16, |n: u64| n * n).sum()
/// });
/// assert_eq!(sum, 338_350);
/// ```
pub fn fan_out<'scope, T: 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (result_tx, result_rx) = sync_channel(capacity);
    // First: if a thread cannot be started, dropping this ends those that have been.
    let results = Results {
        stopped: Arc::default(),
        result_rx,
    };

    let shared = Arc::new((Mutex::new(items.into_iter().fuse()), work));
    for id in 0..workers {
        let (shared, result_tx) = (Arc::clone(&shared), result_tx.clone());
        let stopped = Arc::clone(&results.stopped);
        let worker = move || {
            let last_tx = result_tx.clone();
            let run = move || {
                let (items, work) = &*shared;
                // A function, so that the lock is free while the item is worked on. After a panic of
                // the input it is poisoned, and there are no more items.
                let next = || {
                    let mut items = items.lock().ok()?;
                    (!stopped.load(Relaxed)).then(|| items.next())?
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
    results
}

struct Results<R> {
    /// Looked at before an item is taken: a failed send would tell one item too late.
    stopped: Arc<AtomicBool>,
    result_rx: Receiver<thread::Result<R>>,
}

impl<R> Iterator for Results<R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        // To sleep and be woken costs more than a few microseconds of work: the workers get a chance
        // first. (crossbeam's channels do so by themselves.)
        let mut result = self.result_rx.try_recv();
        for _ in 0..10 {
            if result.as_ref().err() != Some(&TryRecvError::Empty) {
                break;
            }
            thread::yield_now();
            result = self.result_rx.try_recv();
        }
        let result = result.or_else(|_| self.result_rx.recv()).ok()?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    }
}

impl<R> Drop for Results<R> {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
    }
}
