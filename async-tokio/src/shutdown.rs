//! Ends a group of tasks in order: tells them all, waits up to a limit, and aborts the rest.
//!
//! `owner -> spawn -> tasks -> finished, panicked or aborted -> report`
//! `  +-> stop, and after the limit: abort -^`
//!
//! Use it when tasks come and go, as the connections of a server do, and must not be cut off in the
//! middle of their work. If the owner needs what the tasks return: a `JoinSet` hands that out.
//! For threads: `../select-shutdown/src/shutdown.rs`.
//!
//! - Each task is told to stop, and finishes if it heeds that. After the limit, what is left is
//!   dropped at its next `.await`. When `shutdown` returns, all have ended.
//! - Each task is counted once: spawned = finished + panicked + aborted.
//! - A task that panics harms no other; the report has the first payload.
//! - A group that is dropped, or whose `shutdown` is, aborts its tasks.
//!
//! In short: `examples/a_server_shuts_down.rs` · Tests: `tests/shutdown.rs`
//! Needs: tokio 1.44.2 (features rt, time), tokio-util 0.7.14

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// A group of tasks with one owner.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use async_tokio::shutdown::Tasks;
///
/// # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
/// let mut tasks = Tasks::new();
/// for _ in 0..3 {
///     tasks.spawn(|stop| async move {
///         stop.cancelled().await; // Beside the work, in a `select!`.
///     });
/// }
/// let report = tasks.shutdown(Duration::from_secs(5)).await;
/// assert_eq!((report.finished, report.aborted), (3, 0));
/// # });
/// ```
#[derive(Debug, Default)]
pub struct Tasks {
    stop: CancellationToken,
    set: JoinSet<()>,
    /// Of those that have ended and were joined.
    report: Report,
}

/// How many tasks ended in which way: together, all that were spawned.
#[derive(Debug, Default)]
#[must_use = "it says whether a task panicked"]
pub struct Report {
    /// Came to their end, before the shutdown or in it.
    pub finished: usize,
    /// Panicked.
    pub panicked: usize,
    /// Were dropped: the limit was over, or their runtime was shut down.
    pub aborted: usize,
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
    /// Outside a runtime, and with the panic of `task` itself. A panic of its future is counted.
    pub fn spawn<F>(&mut self, task: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        // Those that have ended leave nothing behind but a number.
        while let Some(ended) = self.set.try_join_next() {
            self.report.count(ended);
        }
        // A token of its own: tasks that wait for the same one take its lock at each poll.
        self.set.spawn(task(self.stop.child_token()));
    }

    /// Tells all tasks to stop, and waits until they have ended. After `limit`, those that have not
    /// are dropped where they wait. A task that blocks its thread cannot be dropped: this waits
    /// for it, however long it takes.
    ///
    /// # Panics
    ///
    /// When the runtime has no timer (`enable_time`).
    pub async fn shutdown(mut self, limit: Duration) -> Report {
        self.stop.cancel();
        if timeout(limit, self.join_all()).await.is_err() {
            self.set.abort_all();
            self.join_all().await;
        }
        self.report
    }

    async fn join_all(&mut self) {
        while let Some(ended) = self.set.join_next().await {
            self.report.count(ended);
        }
    }
}

impl Report {
    fn count(&mut self, ended: Result<(), JoinError>) {
        match ended.map_err(JoinError::try_into_panic) {
            Ok(()) => self.finished += 1,
            Err(Ok(payload)) => {
                self.panicked += 1;
                match self.first_panic {
                    None => self.first_panic = Some(payload),
                    // It may panic as it is dropped, too.
                    Some(_) => drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))),
                }
            }
            Err(Err(_aborted)) => self.aborted += 1,
        }
    }
}
