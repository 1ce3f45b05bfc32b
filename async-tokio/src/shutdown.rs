//! Ends a group of tasks in order: tells them all, waits for them up to a limit, aborts the rest,
//! and says how each of them ended.
//!
//! ```text
//! owner -> spawn -> tasks -> finished, panicked or aborted -> report -> owner
//!   +---- stop, and after the limit: abort ----^
//! ```
//!
//! Use it when tasks come and go, as the connections of a server do, and must not be cut off in the
//! middle of their work. Not when the owner needs what the tasks return: a `JoinSet` hands that
//! out. For threads, dropping the senders is the signal: a thread cannot be aborted.
//!
//! Variants: [`select-shutdown/shutdown`] and [`worker-pool/pool`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | stop | every task is told; one that heeds it is waited for, and finishes | `tasks_that_heed_the_stop_finish` |
//! | limit | after it, what is left is dropped at its next `.await` | `what_is_left_after_the_limit_is_aborted` |
//! | loss | none: spawned = finished + panicked + aborted | `every_task_is_counted_once` |
//! | a task panics | the others go on; the report has the first payload | `a_panic_harms_no_other_and_is_reported` |
//! | memory | a task that has ended leaves nothing behind but a number | `a_task_that_has_ended_is_dropped_at_once` |
//! | cancelled | a `shutdown` that is dropped, or a group, aborts its tasks | `a_group_that_is_dropped_aborts_its_tasks` |
//! | ends | `shutdown` returns when all tasks have been dropped | `a_hundred_groups_end` |
//!
//! [`select-shutdown/shutdown`]: ../../select_shutdown/shutdown/index.html
//! [`worker-pool/pool`]: ../../worker_pool/pool/index.html
//!
//! In short: `examples/a_server_shuts_down.rs`
//!
//! Needs: tokio 1 (features rt, time), tokio-util 0.7 (feature rt)

use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread;
use std::time::Duration;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A group of tasks with one owner.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use async_tokio::shutdown::Tasks;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let tasks = Tasks::new();
/// for _ in 0..3 {
///     tasks.spawn(|stop| async move {
///         stop.cancelled().await; // Beside the work, in a `select!`.
///     });
/// }
/// let report = tasks.shutdown(Duration::from_secs(5)).await;
/// assert_eq!((report.spawned, report.finished), (3, 3));
/// # });
/// ```
#[derive(Debug, Default)]
pub struct Tasks {
    stop: CancellationToken,
    abort: CancellationToken,
    tracker: TaskTracker,
    report: Arc<Mutex<Report>>,
}

/// How the tasks of a group ended.
#[derive(Debug, Default)]
#[must_use = "it says whether a task panicked"]
pub struct Report {
    /// All tasks that there were: the sum of the three below.
    pub spawned: u64,
    /// Those that came to their end, before the shutdown or in it.
    pub finished: u64,
    /// Those that panicked.
    pub panicked: u64,
    /// Those that were dropped: the limit was over, or their runtime was shut down.
    pub aborted: u64,
    /// The payload of the first panic, for `std::panic::resume_unwind`.
    pub first_panic: Option<Box<dyn Any + Send>>,
}

impl Tasks {
    /// A group without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Spawns the future that `task` makes of the token that tells it to stop.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime, and with the panic of `task` itself. A panic of its future is
    /// counted.
    pub fn spawn<F>(&self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Tokens of its own: tasks that wait for the same token take its lock at each poll.
        let (task, abort) = (task(self.stop.child_token()), self.abort.child_token());
        let report = Arc::clone(&self.report);
        self.tracker.spawn(async move {
            let ended = caught(abort.run_until_cancelled(task)).await;
            let mut report = report.lock().unwrap_or_else(PoisonError::into_inner);
            match ended {
                Ok(Some(())) => report.finished += 1,
                Ok(None) => {} // Counted in the end, with those that their runtime dropped.
                Err(payload) => {
                    report.panicked += 1;
                    report.first_panic.get_or_insert(payload);
                }
            }
        });
        self.lock().spawned += 1; // Not before: a spawn that panics is none.
    }

    /// Tells all tasks to stop, and waits until they have ended. Those that have not after `limit`
    /// are dropped where they wait. A task that blocks its thread cannot be dropped, and is waited
    /// for however long it takes. The group is taken: no task can be spawned any more.
    ///
    /// # Panics
    ///
    /// When the runtime has no timer (`enable_time`).
    pub async fn shutdown(self, limit: Duration) -> Report {
        self.tracker.close();
        self.stop.cancel();
        if timeout(limit, self.tracker.wait()).await.is_err() {
            self.abort.cancel();
            self.tracker.wait().await;
        }
        let mut report = std::mem::take(&mut *self.lock());
        report.aborted = report.spawned - report.finished - report.panicked;
        report
    }

    fn lock(&self) -> MutexGuard<'_, Report> {
        // Nothing panics while it is locked.
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        self.abort.cancel();
    }
}

/// Runs `task` to its end, be that a panic. Unwind safe: a task that has panicked is only dropped.
async fn caught<F: Future>(task: F) -> thread::Result<F::Output> {
    let mut task = pin!(task);
    poll_fn(
        |context| match catch_unwind(AssertUnwindSafe(|| task.as_mut().poll(context))) {
            Ok(poll) => poll.map(Ok),
            Err(payload) => Poll::Ready(Err(payload)),
        },
    )
    .await
}
