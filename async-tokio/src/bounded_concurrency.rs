//! Runs a task for each item, never more at once than a shared limit allows; the first error ends
//! them all.
//!
//! ```text
//! items -> [permits] -> tasks -> [JoinSet] -> results, in input order
//! ```
//!
//! Use it when each item waits for something that takes only a few at a time: connections, open
//! files, a service with a limit of its own. Not for work that computes, which is [`cpu`]; nor for
//! a few items and no runtime: some threads and a std or crossbeam channel do the same.
//!
//! Variants: [`fan-out-fan-in/ordered`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | that of a loop, in the order of the items | `the_results_are_those_of_a_loop` |
//! | at once | as many tasks as there are permits, all callers together; no more are even spawned | `no_more_at_once_than_permits` |
//! | overlap | the tasks that have a permit do run at the same time | `tasks_run_at_the_same_time` |
//! | full | one item waits for a permit, the rest are not asked for yet | `the_input_is_one_item_ahead` |
//! | first error | comes back at once: the others are aborted and have ended | `the_first_error_ends_the_others` |
//! | after it | no further item is asked for | `after_an_error_no_item_is_asked_for` |
//! | a task panics | the same, and the caller panics with the same payload | `a_panic_reaches_the_caller` |
//! | loss | only after an error: the results of the others | `the_first_error_ends_the_others` |
//! | cancelled | all tasks are aborted, the permits come back | `a_cancelled_call_aborts_its_tasks` |
//! | ends | with the last task, none is left behind | `a_hundred_calls_end` |
//!
//! [`cpu`]: ../cpu/index.html
//! [`fan-out-fan-in/ordered`]: ../../fan_out_fan_in/ordered/index.html
//!
//! In short: `examples/limit_concurrent_tasks.rs`
//!
//! Needs: tokio 1 (features macros, rt, sync)

use std::future::Future;
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, JoinSet};

/// Runs the future that `work` makes of each item as its own task, and returns the results in the
/// order of the items, or the first error.
///
/// Each task holds a permit of `limit` from before it is spawned until it ends. Share the `Arc` to
/// make one limit hold for many callers. A task must not take a second permit of the same
/// semaphore: tasks that hold all the first ones would wait for each other. Nor must this future be
/// kept without being polled, as a branch of `select!` by `&mut` is while another one's handler
/// runs: it keeps its place in the line, and the permit that comes to it, from all other callers.
///
/// An aborted task ends at its next `await`; the error is returned when all have ended. Errors and
/// panics that come after the first are dropped.
///
/// # Errors
///
/// The first error of a task.
///
/// # Panics
///
/// With the panic of a task, `work` or `items`; when `limit` has been closed, or the runtime is
/// shut down meanwhile.
///
/// # Example
///
/// ```
/// use std::{num::ParseIntError, sync::Arc};
/// use async_tokio::bounded_concurrency::try_map;
/// use tokio::sync::Semaphore;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ParseIntError> {
/// let limit = Arc::new(Semaphore::new(2)); // Two at a time.
/// let numbers = try_map(["1", "2", "3"], &limit, |text| async { text.parse::<u8>() }).await?;
/// assert_eq!(numbers, [1, 2, 3]);
/// # Ok(())
/// # }
/// ```
pub async fn try_map<T, R, E, F>(
    items: impl IntoIterator<Item = T>,
    limit: &Arc<Semaphore>,
    mut work: impl FnMut(T) -> F,
) -> Result<Vec<R>, E>
where
    R: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<R, E>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    let mut numbered = Vec::new();
    for (number, item) in items.into_iter().enumerate() {
        // The permit comes before the task, or all items would be tasks at once. It is asked for
        // once for each item, outside the loop, so that this caller keeps its place in the line.
        let mut permit = pin!(Arc::clone(limit).acquire_owned());
        let permit = loop {
            tokio::select! {
                // Ended tasks first: an error must not wait behind items that could still start.
                biased;
                Some(ended) = tasks.join_next() => keep(ended, &mut numbered, &mut tasks).await?,
                permit = &mut permit => break permit.expect("nobody closes the semaphore"),
            }
        };
        let result = work(item);
        tasks.spawn(async move {
            // Here, so that it goes with the task, also when that is aborted or panics.
            let _permit = permit;
            result.await.map(|result| (number, result))
        });
    }
    while let Some(ended) = tasks.join_next().await {
        keep(ended, &mut numbered, &mut tasks).await?;
    }
    numbered.sort_unstable_by_key(|&(number, _)| number);
    Ok(numbered.into_iter().map(|(_, result)| result).collect())
}

type Ended<R, E> = Result<Result<(usize, R), E>, JoinError>;

/// Keeps a result. After an error or a panic, no task is left.
async fn keep<R: Send + 'static, E: Send + 'static>(
    ended: Ended<R, E>,
    numbered: &mut Vec<(usize, R)>,
    tasks: &mut JoinSet<Result<(usize, R), E>>,
) -> Result<(), E> {
    match ended {
        Ok(Ok(result)) => {
            numbered.push(result);
            Ok(())
        }
        Ok(Err(error)) => {
            tasks.shutdown().await;
            Err(error)
        }
        Err(ended) => {
            tasks.shutdown().await;
            let payload = ended.try_into_panic();
            resume_unwind(payload.expect("a task is aborted only when the runtime is shut down"))
        }
    }
}
