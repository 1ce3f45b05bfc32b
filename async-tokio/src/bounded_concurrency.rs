//! Runs a task for each item, so many at once, and hands out the results as they become ready.
//!
//! `items -> at most limit tasks -> results -> caller`
//!
//! Use it when each item waits for something that takes only a few at a time: connections, files, a
//! service with a limit. For results in the order of the items: `ordered.rs`. For a limit on how
//! often instead of how many: `rate.rs`. For work that computes: `cpu.rs`. Futures that borrow
//! cannot be tasks: for them, `futures::stream::iter(items).map(work).buffer_unordered(limit)` is
//! shorter, but they stand still whenever the caller does something else.
//!
//! - Each item gives one result. At most `limit` items are in a task or wait for the caller.
//! - An item is polled only when there is room for its task.
//! - A caller that drops the results, by `?` at the first error for example, aborts all tasks.
//! - A panic of a task reaches the caller. Dropped at any moment, `next` loses nothing.
//!
//! In short: `examples/results_as_they_come.rs` · Tests: `tests/bounded_concurrency.rs`
//! Needs: tokio 1.44.2 (features rt)

use std::future::Future;
use std::panic::resume_unwind;

use tokio::task::JoinSet;

/// Returns the results of the futures that `work` makes of the items, each as a task of its own.
///
/// `items` and `work` may borrow: they stay with the caller. The futures may not, as with
/// `tokio::spawn`. Tasks are started in `next`: while the caller works on a result, those in
/// progress go on, and no other starts.
///
/// A limit that several callers share is a semaphore: let the future take a permit of it first.
///
/// # Panics
///
/// When `limit` is 0.
///
/// # Example
///
/// ```
/// use async_tokio::bounded_concurrency::fan_out;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::num::ParseIntError> {
/// let mut sum = 0;
/// let mut results = fan_out(["1", "2", "3"], 2, |text| async { text.parse::<u8>() });
/// while let Some(result) = results.next().await {
///     sum += result?; // An error drops `results`, and so ends the other tasks.
/// }
/// assert_eq!(sum, 6);
/// # Ok(())
/// # }
/// ```
pub fn fan_out<T, R, F>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    work: impl FnMut(T) -> F,
) -> Results<impl Iterator<Item = F>, R>
where
    R: Send + 'static,
    F: Future<Output = R> + Send + 'static,
{
    assert!(limit > 0, "there must be room for a task");
    Results {
        futures: items.into_iter().map(work).fuse(),
        limit,
        tasks: JoinSet::new(),
    }
}

/// The results, as they come. Dropped, it aborts the tasks: each ends at its next `.await`.
#[derive(Debug)]
#[must_use = "nothing runs before `next` is called"]
pub struct Results<I, R> {
    futures: I,
    limit: usize,
    /// Those in progress, and those that have ended and were not joined yet.
    tasks: JoinSet<R>,
}

impl<R, I> Results<I, R>
where
    R: Send + 'static,
    I: Iterator<Item: Future<Output = R> + Send + 'static>,
{
    /// Waits for a result; `None` once there are no more items and no more tasks.
    ///
    /// # Panics
    ///
    /// With the panic of a task, `work` or `items`; outside a runtime, or when it is shut down
    /// meanwhile.
    pub async fn next(&mut self) -> Option<R> {
        while self.tasks.len() < self.limit {
            let Some(future) = self.futures.next() else {
                break;
            };
            self.tasks.spawn(future);
        }
        let ended = self.tasks.join_next().await?;
        Some(ended.unwrap_or_else(|error| {
            let payload = error.try_into_panic();
            resume_unwind(payload.expect("only a runtime that is shut down aborts a task"))
        }))
    }
}
