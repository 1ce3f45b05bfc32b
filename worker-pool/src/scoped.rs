//! Runs jobs that borrow from the caller, on threads that end with a scope.
//!
//! `execute -> [queue] -> workers -> completed, failed;  end of the scope -> all have run`
//!
//! Use it when jobs need what the caller owns, without `Arc` and `'static`. When each item yields a
//! result, fan out instead (`../fan-out-fan-in/src/unordered.rs`); when the threads should outlive
//! the call: `pool.rs`.
//!
//! - A job may use, and change, what outlives the scope.
//! - A full queue makes `execute` wait; `try_execute` gives the job back.
//! - A job that panics is counted, and harms no other. Without `finish`, the scope panics for it.
//! - All jobs that were accepted have run when the scope ends, even if it panics.
//! - A job that waits for another job of its pool, or for room in its queue, may wait forever.
//!
//! In short: `examples/jobs_that_borrow.rs` · Tests: `tests/scoped.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{Builder, Scope, ScopedJoinHandle};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

/// What a pool runs.
pub type Job<'scope> = Box<dyn FnOnce() + Send + 'scope>;

/// A fixed number of threads of a scope that run jobs from a queue. Leaked, it makes the scope
/// wait.
///
/// ```
/// let mut words = ["one".to_string(), "two".to_string()];
/// std::thread::scope(|scope| {
///     let pool = worker_pool::scoped::Pool::start(scope, 2, 4);
///     for word in &mut words {
///         pool.execute(|| word.make_ascii_uppercase());
///     }
/// });
/// assert_eq!(words, ["ONE", "TWO"]);
/// ```
#[derive(Debug)]
pub struct Pool<'scope> {
    job_tx: Sender<Job<'scope>>,
    workers: Vec<ScopedJoinHandle<'scope, Report>>,
}

impl<'scope> Pool<'scope> {
    /// Starts `workers` threads in `scope`. Up to `queue` jobs wait for a free one, for which
    /// memory is taken at once; with 0, `execute` waits until a worker takes the job.
    ///
    /// # Panics
    ///
    /// When `workers` is 0, when the system refuses to start a thread, or memory cannot hold the
    /// queue.
    pub fn start(scope: &'scope Scope<'scope, '_>, workers: usize, queue: usize) -> Self {
        assert!(workers > 0, "there must be a worker");
        let (job_tx, job_rx) = bounded(queue);
        let worker = |id| {
            let job_rx = job_rx.clone();
            let thread = Builder::new().name(format!("worker-{id}"));
            let thread = thread.spawn_scoped(scope, move || work(job_rx));
            thread.expect("the system has a thread left")
        };
        let workers = (0..workers).map(worker).collect();
        Self { job_tx, workers }
    }

    /// Queues `job`; waits for room while the queue is full.
    pub fn execute(&self, job: impl FnOnce() + Send + 'scope) {
        let _ = self.job_tx.send(Box::new(job)); // Never fails: the workers outlive the sender.
    }

    /// Queues `job` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the job back when the queue is full.
    pub fn try_execute(&self, job: impl FnOnce() + Send + 'scope) -> Result<(), Job<'scope>> {
        let sent = self.job_tx.try_send(Box::new(job));
        sent.map_err(TrySendError::into_inner)
    }

    /// Runs all that is queued, and ends.
    pub fn finish(self) -> Report {
        drop(self.job_tx);
        let mut total = Report::default();
        for worker in self.workers {
            // Each ends with a report, or with a panic that is one.
            let report = worker.join();
            let report = report.or_else(|payload| payload.downcast().map(|report| *report));
            let report = report.unwrap_or_else(|payload| resume_unwind(payload));
            total.completed += report.completed;
            total.failed += report.failed;
        }
        total
    }
}

/// What became of the jobs that a pool has accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Ran to their end.
    pub completed: usize,
    /// Panicked.
    pub failed: usize,
}

fn work(job_rx: Receiver<Job<'_>>) -> Report {
    let mut report = Report::default();
    for job in job_rx {
        // Unwind safe: what a job shares with others is for them to check, as after any panic.
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => report.completed += 1,
            Err(payload) => {
                report.failed += 1;
                drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))); // It may panic, too.
            }
        }
    }
    if report.failed > 0 {
        resume_unwind(Box::new(report)); // Where nobody calls `finish`, the scope panics, too.
    }
    report
}
