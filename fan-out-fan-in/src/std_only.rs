//! Spreads items over worker threads and yields the results as they are ready, with the standard
//! library alone.
//!
//! ```text
//! items -> feeder -> [jobs, bounded] -> N workers, in turn -> [results, bounded] -> caller
//! ```
//!
//! Use it when no dependency is wanted and items cost many tens of microseconds or more: a std
//! `Receiver` cannot be cloned, so the workers take turns at one behind a mutex. Items of 10 µs
//! take up to twice as long as with [`unordered`], which promises the same.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is worked on once, and each result arrives once | `every_item_yields_its_result_once` |
//! | parallel | the lock is held while a worker waits for an item, not while it works | `the_workers_work_at_the_same_time` |
//! | order | none | `a_slow_item_is_overtaken` |
//! | full queue | the feeder waits: it is never more than 2 × `capacity` + `workers` + 1 items ahead of the caller | `the_input_is_never_far_ahead_of_the_caller` |
//! | loss | only when the caller stops early: the items in flight are dropped | `a_caller_that_stops_early_stops_everything` |
//! | caller stops | `items` is asked for no more | `a_caller_that_stops_early_ends_a_slow_input` |
//! | `work` panics | the caller panics with the same payload, without waiting for the rest | `a_panic_in_the_work_reaches_the_caller` |
//! | `items` panics | the same | `a_panic_in_the_input_reaches_the_caller` |
//! | ends | input ends -> feeder drops jobs -> workers drop results -> caller sees the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! [`unordered`]: ../unordered/index.html
//!
//! In short: `examples/a_shared_receiver.rs`
//!
//! Needs: std only

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;

/// Calls `work` for each item on one of `workers` threads, and `fan_in` on this thread with the
/// results.
///
/// Up to `capacity` items wait for a worker and up to `capacity` results for `fan_in`. For large
/// items, a small capacity suffices; the smaller the items, the more a larger one (1,000, say)
/// saves, since threads then sleep and wake less often.
///
/// `fan_in` may stop before the results do. The items in flight are then finished or dropped,
/// `items` is asked for no more, and what `fan_in` returned is returned once all threads have
/// ended. A thread cannot be ended from outside: a call of `work` or of `items.next()` that is
/// under way is waited for.
///
/// # Panics
///
/// With the panic of `work`, `items` or `fan_in`; or when the system refuses to start a thread. A
/// panic of `work` or `items` after `fan_in` has stopped is not passed on.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use fan_out_fan_in::std_only::fan_out;
///
/// let workers = NonZeroUsize::new(2).unwrap();
/// let sum: u64 = fan_out(1..=100, workers, 16, |n: u64| n * n, |squares| squares.sum());
/// assert_eq!(sum, 338_350);
/// ```
pub fn fan_out<T: Send, R: Send, Out>(
    mut items: impl Iterator<Item = T> + Send,
    workers: NonZeroUsize,
    capacity: usize,
    work: impl Fn(T) -> R + Sync,
    fan_in: impl FnOnce(&mut dyn Iterator<Item = R>) -> Out,
) -> Out {
    // Checked by the feeder before it asks for an item. A failed send would tell it too late: a
    // worker notices that the caller has stopped only after one more item, and the send fails only
    // when all workers are gone.
    let stopped = &AtomicBool::new(false);
    thread::scope(|scope| {
        // Both channels live in here, so that they are gone before the scope waits for its threads,
        // even when `fan_in` panics. That is also why the jobs are shared by `Arc`: a reference
        // would have to outlive the scope, and the feeder would wait for room for ever once the
        // workers are gone.
        let (job_tx, job_rx) = sync_channel(capacity);
        let (result_tx, result_rx) = sync_channel(capacity);
        let job_rx = Arc::new(Mutex::new(job_rx));

        for id in 0..workers.get() {
            let (job_rx, result_tx, work) = (Arc::clone(&job_rx), result_tx.clone(), &work);
            let worker = move || {
                while let Some(item) = next_job(&job_rx) {
                    // Unwind safe: the panic goes on in the caller, and nothing is done with what
                    // it left behind.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    if result_tx.send(result).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            spawn(scope, format!("worker-{id}"), worker);
        }

        spawn(scope, "feeder".into(), move || {
            let feed = || {
                while !stopped.load(Relaxed) {
                    let Some(item) = items.next() else { break };
                    if job_tx.send(item).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(feed)) {
                // Fails only when the caller has stopped, and then it does not want to know.
                let _ = result_tx.send(Err(payload));
            }
        });

        let mut results = result_rx
            .into_iter()
            .map(|result| result.unwrap_or_else(|payload| resume_unwind(payload)));
        let out = catch_unwind(AssertUnwindSafe(|| fan_in(&mut results)));
        stopped.store(true, Relaxed);
        out.unwrap_or_else(|payload| resume_unwind(payload))
    })
}

/// A function of its own, so that the guard is gone when it returns. In `while let Some(item) =
/// job_rx.lock()…` the guard would live through the body of the loop, and one worker would work at
/// a time.
fn next_job<T>(job_rx: &Mutex<Receiver<T>>) -> Option<T> {
    job_rx
        .lock()
        .expect("no thread panics while it waits for an item")
        .recv()
        .ok()
}

fn spawn<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() + Send + 'scope,
) {
    thread::Builder::new()
        .name(name)
        .spawn_scoped(scope, body)
        .expect("the system has a thread left");
}
