//! Runs a task for each item, so many at once, and hands out the results in the order of the items.
//!
//! `items -> at most limit tasks -> results, in order -> caller`
//!
//! Use it when each item waits for something, and the order matters: pages of a document, lines of
//! a log. A slow item holds back those after it: if the order does not matter,
//! `bounded_concurrency.rs` has no such gaps. Futures that borrow cannot be tasks: for them,
//! `futures::stream::iter(items).map(work).buffered(limit)` is shorter, but they stand still
//! whenever the caller does something else. For threads: `../fan-out-fan-in/src/ordered.rs`.
//!
//! - Each item gives one result, in the order of the items.
//! - At most `limit` items are in a task or wait for the caller.
//! - An item is polled only when there is room for its task.
//! - A caller that drops the results, by `?` at the first error for example, aborts all tasks.
//! - A panic of a task reaches the caller in its turn. Dropped at any moment, `next` loses nothing.
//!
//! In short: `examples/limit_concurrent_tasks.rs` · Tests: `tests/ordered.rs`
//! Needs: tokio 1.44.2 (features rt)

use std::collections::VecDeque;
use std::future::Future;
use std::panic::resume_unwind;

use tokio::task::{JoinHandle, spawn};

/// Returns the results of the futures that `work` makes of the items, each as a task of its own.
///
/// `items` and `work` may borrow: they stay with the caller. The futures may not, as with
/// `tokio::spawn`. Tasks are started in `next`: while the caller works on a result, those in
/// progress go on, and no other starts.
///
/// # Panics
///
/// When `limit` is 0.
///
/// # Example
///
/// ```
/// use async_tokio::ordered::fan_out;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), std::num::ParseIntError> {
/// let mut numbers = Vec::new();
/// let mut results = fan_out(["1", "2", "3"], 2, |text| async { text.parse::<u8>() });
/// while let Some(result) = results.next().await {
///     numbers.push(result?); // An error drops `results`, and so ends the other tasks.
/// }
/// assert_eq!(numbers, [1, 2, 3]);
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
        tasks: VecDeque::new(),
    }
}

/// The results, in order. Dropped, it aborts the tasks: each ends at its next `.await`.
#[derive(Debug)]
#[must_use = "nothing runs before `next` is called"]
pub struct Results<I, R> {
    futures: I,
    limit: usize,
    /// In the order of their items.
    tasks: VecDeque<JoinHandle<R>>,
}

impl<R, I> Results<I, R>
where
    R: Send + 'static,
    I: Iterator<Item: Future<Output = R> + Send + 'static>,
{
    /// Waits for the result of the next item; `None` once there are no more items.
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
            self.tasks.push_back(spawn(future));
        }
        // It stays in the queue meanwhile: a `next` that is dropped loses nothing.
        let ended = self.tasks.front_mut()?.await;
        self.tasks.pop_front();
        Some(ended.unwrap_or_else(|error| {
            let payload = error.try_into_panic();
            resume_unwind(payload.expect("only a runtime that is shut down aborts a task"))
        }))
    }
}

impl<I, R> Drop for Results<I, R> {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}
