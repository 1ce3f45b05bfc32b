//! Joins blocking code to a task by a bounded channel, either way: blocking code feeds a task, or a
//! task feeds blocking code.
//!
//! ```text
//! blocking thread: items, blocking_send -> [bounded] -> recv().await, task
//! task, send().await -> [bounded] -> blocking_recv, items: blocking thread
//! ```
//!
//! Use it when one end can only block: a directory walk, a parser over `Read`, a database without
//! an async driver. The threads are those of `spawn_blocking`, some 500 in all: one that works as
//! long as the program is better a `std::thread`, which may use `blocking_send` and `blocking_recv`
//! just the same. Where neither end is a task, use a std or crossbeam channel; for one computation,
//! [`cpu`].
//!
//! Both ends are waited for in one call, so that no thread is left running behind it.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | that of the items, nothing lost between the ends | `all_items_cross_in_order` |
//! | full queue | the end that sends waits: it is never more than `capacity` + 1 items ahead of the other | `a_full_queue_makes_the_thread_wait` |
//! | responsive | a runtime of one thread goes on while the blocking end blocks | `the_runtime_goes_on_while_the_thread_blocks` |
//! | early end | the end that receives may stop: the other one's next send fails, which ends it | `an_end_that_stops_early_ends_the_other` |
//! | loss | only after an early end or a panic: the items in the channel | `an_end_that_stops_early_ends_the_other` |
//! | the thread panics | the task sees the end of the channel, then the caller panics with the same payload | `a_panic_of_the_thread_reaches_the_caller` |
//! | cancelled, or the task panics | the channel closes: the thread ends with its next send or receive; the runtime waits for it when it is shut down | `a_cancelled_call_ends_the_thread` |
//! | ends | the end that sends is done -> the other sees the end -> both are joined | `a_hundred_bridges_end` |
//!
//! [`cpu`]: ../cpu/index.html
//!
//! In short: `examples/blocking_code_beside_tasks.rs`
//!
//! Needs: tokio 1 (features rt, sync)

use std::iter;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{JoinHandle, spawn_blocking};

/// From a thread to a task: runs through `items` on a thread where it may block, and `consume`
/// here.
///
/// `consume` may return early. A call of `items.next()` that is under way is then waited for: a
/// thread cannot be ended from outside. The receiver must be gone when `consume` returns: where it
/// is kept, or is what is returned, the thread waits for room in it for ever, and so does this call.
///
/// # Panics
///
/// With the panic of `items` or `consume`; outside a runtime, or when it is shut down meanwhile.
///
/// # Example
///
/// ```
/// use std::{fs, num::NonZeroUsize};
/// use async_tokio::bridge::from_thread;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let entries = fs::read_dir(".")?; // Its `next` blocks.
/// let count = from_thread(entries, NonZeroUsize::new(16).unwrap(), async |mut entry_rx| {
///     let mut count = 0;
///     while let Some(entry) = entry_rx.recv().await {
///         entry.expect("a directory entry can be read");
///         count += 1;
///     }
///     count
/// });
/// assert!(count.await > 0);
/// # Ok(())
/// # }
/// ```
pub async fn from_thread<T: Send + 'static, Out>(
    items: impl IntoIterator<Item = T> + Send + 'static,
    capacity: NonZeroUsize,
    consume: impl AsyncFnOnce(Receiver<T>) -> Out,
) -> Out {
    let (item_tx, item_rx) = mpsc::channel(capacity.get());
    let thread = spawn_blocking(move || {
        for item in items {
            if item_tx.blocking_send(item).is_err() {
                break; // The task has stopped.
            }
        }
    });
    let out = consume(item_rx).await;
    join(thread).await;
    out
}

/// From a task to a thread: runs `produce` here, and `consume` on a thread where it may block.
///
/// Returns what both return. `consume` may return early: `produce` then has its sends fail. The
/// iterator ends once `produce` has returned and each clone of its sender is gone.
///
/// # Panics
///
/// With the panic of `produce` or `consume`; outside a runtime, or when it is shut down meanwhile.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use async_tokio::bridge::into_thread;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let produce = async |number_tx: tokio::sync::mpsc::Sender<u64>| {
///     for number in 1..=4 {
///         number_tx.send(number).await?;
///     }
///     Ok::<_, Box<dyn std::error::Error>>(())
/// };
/// let capacity = NonZeroUsize::new(2).unwrap();
/// let (produced, sum) = into_thread(produce, capacity, |numbers| numbers.sum::<u64>()).await;
/// produced?;
/// assert_eq!(sum, 10);
/// # Ok(())
/// # }
/// ```
pub async fn into_thread<T: Send + 'static, Sent, R: Send + 'static>(
    produce: impl AsyncFnOnce(Sender<T>) -> Sent,
    capacity: NonZeroUsize,
    consume: impl FnOnce(&mut dyn Iterator<Item = T>) -> R + Send + 'static,
) -> (Sent, R) {
    let (item_tx, mut item_rx) = mpsc::channel(capacity.get());
    let thread = spawn_blocking(move || consume(&mut iter::from_fn(|| item_rx.blocking_recv())));
    let sent = produce(item_tx).await;
    (sent, join(thread).await)
}

/// Waits for the thread; its panic goes on here.
async fn join<R>(thread: JoinHandle<R>) -> R {
    thread.await.unwrap_or_else(|error| {
        let payload = error.try_into_panic();
        resume_unwind(payload.expect("a blocking thread that has started is not aborted"))
    })
}
