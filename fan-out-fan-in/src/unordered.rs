//! Fans items out to worker threads, and the results back in as they become ready.
//!
//! `items -> feeder -> [capacity] -> workers -> [capacity] -> caller`
//!
//! Use it when the order of the results does not matter. When it does: `ordered.rs`. For items that
//! take less than 3 to 5 µs of work: `chunked.rs`. Without a dependency: `std_only.rs`.
//!
//! - Each item gives one result, in any order.
//! - Full queues make the feeder and the workers wait: `items` is at most 2 x capacity + workers +
//!   1 items ahead of the caller.
//! - A panic of the work or of `items` reaches the caller.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/fan_out_and_in.rs` · Tests: `tests/unordered.rs`
//! Needs: crossbeam-channel 0.5.17

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{self, Builder, Scope};

use crossbeam_channel::{Sender, bounded};

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// Up to `capacity` items wait for one of the `workers`, and up to `capacity` results for the
/// caller. The less an item takes, the more a large capacity saves, since threads then sleep and
/// wake less often. Memory for it is taken at the start; more than there is panics or aborts.
///
/// Dropping the iterator stops the threads: calls in progress finish, `items` is polled once more
/// at most. The scope joins them: an iterator that is leaked, or kept and not polled, makes it
/// wait.
///
/// ```
/// use fan_out_fan_in::unordered::fan_out;
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
pub fn fan_out<'scope, T: Send + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (job_tx, job_rx) = bounded(capacity);
    let (result_tx, result_rx) = bounded(capacity);
    let caller = Arc::new(()); // Gone when the iterator is dropped.

    let work = Arc::new(work);
    for id in 0..workers {
        let (name, job_rx, work) = (format!("worker-{id}"), job_rx.clone(), Arc::clone(&work));
        spawn(scope, name, &result_tx, move |result_tx| {
            for item in job_rx {
                if result_tx.send(Ok(work(item))).is_err() {
                    break; // The caller has stopped.
                }
            }
        });
    }

    let (mut items, alive) = (items.into_iter(), Arc::downgrade(&caller));
    spawn(scope, "feeder".into(), &result_tx, move |_| {
        // A failed send alone would tell too late, with one more item taken.
        while alive.strong_count() > 0 {
            let Some(item) = items.next() else { break };
            if job_tx.send(item).is_err() {
                break; // The caller has stopped.
            }
        }
    });
    // Dropped in this order: who finds the results gone finds the caller gone, too.
    let ends = (caller, result_rx);
    iter::from_fn(move || {
        let (_caller, result_rx) = &ends;
        let result = result_rx.recv().ok()?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}

fn spawn<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    result_tx: &Sender<thread::Result<R>>,
    body: impl FnOnce(&Sender<thread::Result<R>>) + Send + 'scope,
) {
    let result_tx = result_tx.clone();
    let thread = Builder::new().name(name).spawn_scoped(scope, move || {
        // The panic goes on in the caller; nobody looks at what it left behind.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(&result_tx))) {
            // Fails only when the caller has stopped, and no longer wants to know.
            let _ = result_tx.send(Err(payload));
        }
    });
    thread.expect("the system has a thread left");
}
