//! Computes on rayon's threads while a task waits for the result, and the runtime goes on.
//!
//! ```text
//! task -> [rayon's queue] -> N threads -> [oneshot] -> task
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
//! | full queue | there is none: the queue is as long as there are callers, and those who gave up before their turn | `a_hundred_callers_share_one_thread` |
//! | `work` panics | the caller panics with the same payload; the pool is whole | `a_panic_reaches_the_caller_and_leaves_the_pool_whole` |
//! | cancelled | before its turn: the work is dropped; later: it runs to its end, the result is dropped | `work_that_nobody_waits_for_is_skipped` |
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

use rayon::ThreadPool;
use tokio::sync::oneshot;

/// Calls `work` on a thread of `pool` and waits for what it returns.
///
/// A pool of as many threads as there are processors is enough for all callers together. To bound
/// the queue, move an owned permit of a `Semaphore` into `work`: it comes back when that has run,
/// or was dropped. Work under way cannot be stopped from outside: where it is long, let it look at
/// an `AtomicBool` now and then.
///
/// # Panics
///
/// With the panic of `work`.
///
/// # Example
///
/// ```
/// use async_tokio::cpu;
/// use rayon::prelude::*;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let pool = rayon::ThreadPoolBuilder::new().build()?;
/// let work = || (1..=1_000_u64).into_par_iter().sum::<u64>();
/// assert_eq!(cpu::compute(&pool, work).await, 500_500);
/// # Ok(())
/// # }
/// ```
pub async fn compute<R: Send + 'static>(
    pool: &ThreadPool,
    work: impl FnOnce() -> R + Send + 'static,
) -> R {
    let (result_tx, result_rx) = oneshot::channel();
    let job = move || {
        if result_tx.is_closed() {
            return; // The caller has given up before its turn.
        }
        // Unwind safe: the panic goes on in the caller, and nothing is done with what it left
        // behind.
        let result = catch_unwind(AssertUnwindSafe(work));
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
