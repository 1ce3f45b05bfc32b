//! Spreads items over worker threads and yields the results as they are ready, in any order.
//!
//! ```text
//! items -> feeder -> [jobs, bounded] -> N workers -> [results, bounded] -> caller
//! ```
//!
//! Use it when each item costs a microsecond or more and the order of the results does not matter.
//! When it does, see [`ordered`]; when items are smaller, [`chunked`]; when all items are in memory
//! and nothing blocks, [`with_rayon`].
//!
//! Variants: [`std_only`] without a dependency; [`async-tokio/bounded_concurrency`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is worked on once, and each result arrives once | `every_item_yields_its_result_once` |
//! | order | none | `a_slow_item_is_overtaken` |
//! | full queue | the feeder waits: it is never more than 2 × `capacity` + `workers` + 1 items ahead of the caller | `the_input_is_never_far_ahead_of_the_caller` |
//! | loss | only when the caller stops early: the items in flight are dropped | `a_caller_that_stops_early_stops_everything` |
//! | caller stops | `items` is asked for no more | `a_caller_that_stops_early_ends_a_slow_input` |
//! | `work` panics | the caller panics with the same payload, without waiting for the rest | `a_panic_in_the_work_reaches_the_caller` |
//! | `items` panics | the same | `a_panic_in_the_input_reaches_the_caller` |
//! | ends | input ends -> feeder drops jobs -> workers drop results -> caller sees the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! [`ordered`]: ../ordered/index.html
//! [`chunked`]: ../chunked/index.html
//! [`with_rayon`]: ../with_rayon/index.html
//! [`std_only`]: ../std_only/index.html
//! [`async-tokio/bounded_concurrency`]: ../../async_tokio/bounded_concurrency/index.html
//!
//! In short: `examples/fan_out_and_in.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;

use crossbeam_channel::bounded;

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
/// use std::{num::NonZeroUsize, thread};
/// use fan_out_fan_in::unordered::fan_out;
///
/// let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
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
        // even when `fan_in` panics: a thread that waits for room or for work then learns that
        // there will be none.
        let (job_tx, job_rx) = bounded(capacity);
        let (result_tx, result_rx) = bounded(capacity);

        for id in 0..workers.get() {
            let (job_rx, result_tx, work) = (job_rx.clone(), result_tx.clone(), &work);
            let worker = move || {
                for item in job_rx {
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
