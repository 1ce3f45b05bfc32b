//! Computes on rayon's threads while a task waits for the result, and the runtime goes on.
//!
//! ```text
//! tasks -> [permits] -> rayon's queue -> N threads -> [oneshot] -> task
//! ```
//!
//! Use it when the work is more than some 100 µs of pure computing: a task that computes holds up
//! all others on its thread. Not for work that blocks (files, locks, other channels), which would
//! hold a thread that others need to compute: that is `spawn_blocking` or [`bridge`]. On a plain
//! thread, call rayon itself: `install` waits there.
//!
//! Variants: [`fan-out-fan-in/with_rayon`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | that of the call, on a thread of the pool: parallel iterators in it use that pool | `the_work_runs_in_the_pool` |
//! | responsive | a runtime of one thread goes on meanwhile | `the_runtime_goes_on_meanwhile` |
//! | full queue | as much work is in the pool as there are permits; the other callers wait in turn | `a_hundred_callers_share_one_thread` |
//! | nesting | so a thread that waits for the parallel parts of its work begins no more than that on top of it | `work_that_waits_is_not_buried` |
//! | `work` panics | the caller panics with the same payload; the pool is whole | `a_panic_reaches_the_caller_and_leaves_the_pool_whole` |
//! | cancelled | without a permit: the work is dropped at once; before a thread has begun it: by that thread; later: it runs to its end, the result is dropped | `work_that_nobody_waits_for_is_skipped` |
//! | a drop panics | of work or a result that nobody waits for: the pool is whole | `a_drop_that_panics_leaves_the_pool_whole` |
//! | loss | only of what nobody waits for | `work_that_nobody_waits_for_is_skipped` |
//! | ends | the result is there; the threads are the pool's | `a_hundred_pools_end` |
//!
//! [`bridge`]: ../bridge/index.html
//! [`fan-out-fan-in/with_rayon`]: ../../fan_out_fan_in/with_rayon/index.html
//!
//! Needs: tokio 1 (features sync), rayon 1

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use rayon::ThreadPool;
use tokio::sync::{Semaphore, oneshot};

/// Calls `work` on a thread of `pool` and waits for what it returns.
///
/// A pool of as many threads as there are processors is enough for all callers together. Let them
/// share `limit`, too, with a permit for each thread: where `work` waits for its own parallel parts,
/// rayon has the thread begin whatever else is queued, on the same stack, which thousands of queued
/// calls would overflow. A call that is neither polled on nor dropped may keep a permit from the
/// others. Work under way cannot be stopped from outside: where it is long, let it look at an
/// `AtomicBool` now and then.
///
/// # Panics
///
/// With the panic of `work`; when `limit` has been closed.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use async_tokio::cpu;
/// use rayon::prelude::*;
/// use tokio::sync::Semaphore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = rayon::ThreadPoolBuilder::new().build()?;
/// let limit = Arc::new(Semaphore::new(pool.current_num_threads()));
/// let work = || (1..=1_000_u64).into_par_iter().sum::<u64>();
/// assert_eq!(cpu::compute(&pool, &limit, work).await, 500_500);
/// # Ok(())
/// # }
/// ```
pub async fn compute<R: Send + 'static>(
    pool: &ThreadPool,
    limit: &Arc<Semaphore>,
    work: impl FnOnce() -> R + Send + 'static,
) -> R {
    let permit = Arc::clone(limit).acquire_owned().await;
    let permit = permit.expect("nobody closes the semaphore");
    let (result_tx, result_rx) = oneshot::channel();
    let job = move || {
        if result_tx.is_closed() {
            return; // The caller has given up meanwhile.
        }
        // Unwind safe: the panic goes on in the caller, and nothing is done with what it left
        // behind.
        let result = catch_unwind(AssertUnwindSafe(work));
        drop(permit); // Not before the work has ended, also when nobody waits for it.
        // Fails when the caller has given up meanwhile.
        let _ = result_tx.send(result);
    };
    // A panic in a spawned rayon job ends the process. This one may come from what is dropped there
    // because nobody waits for it; its payload is forgotten, since that may panic as it drops, too.
    pool.spawn(|| catch_unwind(AssertUnwindSafe(job)).unwrap_or_else(mem::forget));
    let result = result_rx.await;
    result
        .expect("the pool runs all that is spawned")
        .unwrap_or_else(|payload| resume_unwind(payload))
}
