//! Fans items out to worker threads, and the results back in as they become ready.
//!
//! items -> feeder -> [capacity] -> workers -> [capacity] -> caller
//!
//! Use it when the order of the results does not matter. When it does: `ordered.rs`. For items that
//! take less than 3 to 5 µs of work: `chunked.rs`. Without a dependency: `std_only.rs`.
//!
//! - Each item gives one result, in any order.
//! - Full queues make the feeder and the workers wait: `items` is at most 2 x capacity + workers + 1
//!   items ahead of the caller.
//! - A panic of the work or of `items` reaches the caller.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/fan_out_and_in.rs` · Tests: `tests/unordered.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Builder, Scope};

use crossbeam_channel::{Receiver, bounded};

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// Up to `capacity` items wait for one of the `workers`, and up to `capacity` results for the caller.
/// For items that take long, a small capacity suffices; the less they take, the more a large one
/// saves, since threads then sleep and wake less often.
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
/// use fan_out_fan_in::unordered::fan_out;
///
/// let sum: u64 = std::thread::scope(|scope| {
///     fan_out(scope, 1..=100, 4, 16, |n: u64| n * n).sum()
/// });
/// assert_eq!(sum, 338_350);
/// ```
pub fn fan_out<'scope, T: Send + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (job_tx, job_rx) = bounded(capacity);
    let (result_tx, result_rx) = bounded(capacity);
    // First: if a thread cannot be started, dropping this ends those that have been.
    let results = Results {
        stopped: Arc::default(),
        result_rx,
    };

    let work = Arc::new(work);
    for id in 0..workers {
        let (job_rx, result_tx, work) = (job_rx.clone(), result_tx.clone(), Arc::clone(&work));
        spawn(scope, format!("worker-{id}"), move || {
            for item in job_rx {
                // The panic goes on in the caller; nobody looks at what it left behind.
                let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                if result_tx.send(result).is_err() {
                    break; // The caller has stopped.
                }
            }
        });
    }

    let mut items = items.into_iter();
    let stopped = Arc::clone(&results.stopped);
    spawn(scope, "feeder".into(), move || {
        let feed = move || {
            // A failed send alone would tell too late, with one more item taken.
            while !stopped.load(Relaxed) {
                let Some(item) = items.next() else { break };
                if job_tx.send(item).is_err() {
                    break; // The caller has stopped.
                }
            }
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(feed)) {
            // Fails only when the caller has stopped, and no longer wants to know.
            let _ = result_tx.send(Err(payload));
        }
    });
    results
}

struct Results<R> {
    stopped: Arc<AtomicBool>,
    result_rx: Receiver<thread::Result<R>>,
}

impl<R> Iterator for Results<R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        let result = self.result_rx.recv().ok()?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    }
}

impl<R> Drop for Results<R> {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
    }
}

fn spawn<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() + Send + 'scope,
) {
    let thread = Builder::new().name(name).spawn_scoped(scope, body);
    thread.expect("the system has a thread left");
}
