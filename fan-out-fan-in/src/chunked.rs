//! Spreads items over worker threads a chunk at a time, for work so small that a message would cost
//! more than the work.
//!
//! ```text
//! items -> feeder -> [chunks, bounded] -> N workers -> [chunks of results, bounded] -> caller
//! ```
//!
//! Use it when an item costs less than about a microsecond: a message costs 30 to 800 ns and
//! sometimes the wake-up of a thread, and a chunk pays that once. Not for items that come slowly: a
//! chunk is sent when it is full or the input ends, so its first item waits for its last.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is worked on once, and each result arrives once | `every_item_yields_its_result_once` |
//! | order | that of the items within a chunk, none between chunks | `a_chunk_keeps_its_order` |
//! | last chunk | may be smaller, and is not lost | `every_item_yields_its_result_once` |
//! | full queue | the feeder waits: it is never more than 2 × `capacity` + `workers` + 2 chunks ahead of the caller | `the_input_is_never_far_ahead_of_the_caller` |
//! | loss | only when the caller stops early: the items in flight are dropped | `a_caller_that_stops_early_stops_everything` |
//! | caller stops | no further chunk is gathered | `a_caller_that_stops_early_ends_a_slow_input` |
//! | `work` panics | the caller panics with the same payload; the results of that chunk are lost | `a_panic_in_the_work_reaches_the_caller` |
//! | `items` panics | the same | `a_panic_in_the_input_reaches_the_caller` |
//! | ends | input ends -> feeder drops jobs -> workers drop results -> caller sees the end; all threads are joined | `a_hundred_rounds_end` |
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
/// Items travel in chunks of `chunk`, their results too: up to `capacity` chunks wait for a worker
/// and up to `capacity` for `fan_in`. A good chunk takes 100 µs or more to work through: larger
/// ones gain nothing and balance worse.
///
/// `fan_in` may stop before the results do. The items in flight are then finished or dropped, no
/// further chunk is gathered, and what `fan_in` returned is returned once all threads have ended. A
/// thread cannot be ended from outside: chunks that are being gathered or worked on are waited for.
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
/// use fan_out_fan_in::chunked::fan_out;
///
/// let (workers, chunk) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::new(1_000).unwrap());
/// let sum: u64 = fan_out(1..=100_000, workers, chunk, 4, |n: u64| n % 10, |digits| digits.sum());
/// assert_eq!(sum, 450_000);
/// ```
pub fn fan_out<T: Send, R: Send, Out>(
    items: impl Iterator<Item = T> + Send,
    workers: NonZeroUsize,
    chunk: NonZeroUsize,
    capacity: usize,
    work: impl Fn(T) -> R + Sync,
    fan_in: impl FnOnce(&mut dyn Iterator<Item = R>) -> Out,
) -> Out {
    // Checked by the feeder before it gathers a chunk. A failed send would tell it too late: a
    // worker notices that the caller has stopped only after one more chunk, and the send fails only
    // when all workers are gone.
    let stopped = &AtomicBool::new(false);
    thread::scope(|scope| {
        // Both channels live in here, so that they are gone before the scope waits for its threads,
        // even when `fan_in` panics: a thread that waits for room or for work then learns that
        // there will be none.
        let (job_tx, job_rx) = bounded::<Vec<T>>(capacity);
        let (result_tx, result_rx) = bounded::<thread::Result<Vec<R>>>(capacity);

        for id in 0..workers.get() {
            let (job_rx, result_tx, work) = (job_rx.clone(), result_tx.clone(), &work);
            let worker = move || {
                for items in job_rx {
                    let work_through = || items.into_iter().map(work).collect();
                    // Unwind safe: the panic goes on in the caller, and nothing is done with what
                    // it left behind.
                    let results = catch_unwind(AssertUnwindSafe(work_through));
                    if result_tx.send(results).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            spawn(scope, format!("worker-{id}"), worker);
        }

        spawn(scope, "feeder".into(), move || {
            // An input that has ended is not asked again, which might wait.
            let mut items = items.fuse();
            let feed = || {
                while !stopped.load(Relaxed) {
                    let chunk: Vec<T> = items.by_ref().take(chunk.get()).collect();
                    if chunk.is_empty() || job_tx.send(chunk).is_err() {
                        break;
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
            .flat_map(|results| results.unwrap_or_else(|payload| resume_unwind(payload)));
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
