//! Runs jobs on a fixed number of threads, with the standard library alone.
//!
//! ```text
//! execute -> [jobs, bounded] -> mutex -> N workers: they receive in turn, and work in parallel
//! ```
//!
//! Use it when you want no dependency and jobs cost tens of microseconds or more. Otherwise
//! [`pool`] does more for less: its workers need no mutex, and it can be aborted or given a time
//! limit.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | parallel | the lock is held while a worker waits for a job, not while it works | `the_workers_work_at_the_same_time` |
//! | full queue | `execute` waits, `try_execute` gives the job back | `a_full_queue_gives_the_job_back` |
//! | a job panics | it is counted, and the worker goes on | `a_job_that_panics_leaves_the_pool_whole` |
//! | drain, drop | all accepted jobs run: accepted = completed + failed | `a_drain_runs_all_that_was_accepted` |
//! | drop in a job | fine: a thread does not join itself | `the_last_owner_may_be_a_job` |
//! | ends | the pool drops the sender -> workers empty the queue -> the pool joins them | `a_hundred_pools_end` |
//!
//! A job that waits for another job of its own pool, or for room in its queue, may wait forever:
//! all workers may be doing the same. Where the profile says `panic = "abort"`, a panic ends the
//! process.
//!
//! [`pool`]: ../pool/index.html
//!
//! In short: `examples/a_worker_pool.rs`
//!
//! Needs: std only

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::{io, mem};

/// What a pool runs.
pub type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that run jobs from a queue. Dropping it is like [`Pool::drain`].
/// A pool in a `static` is never dropped: what it has not run when `main` returns is lost.
#[derive(Debug)]
pub struct Pool {
    /// There until the end: once it is gone and the queue is empty, the workers end.
    job_tx: Option<SyncSender<Job>>,
    workers: Vec<JoinHandle<Report>>,
}

impl Pool {
    /// Starts `workers` threads. Up to `queue` jobs wait for a free one; with 0, `execute` waits
    /// until a worker takes the job.
    ///
    /// # Errors
    ///
    /// When the system refuses to start a thread. Those that have started are joined.
    pub fn new(workers: NonZeroUsize, queue: usize) -> io::Result<Self> {
        let (job_tx, job_rx) = sync_channel(queue);
        let job_rx = Arc::new(Mutex::new(job_rx));
        let mut pool = Self {
            job_tx: Some(job_tx),
            workers: Vec::new(),
        };
        for id in 0..workers.get() {
            let job_rx = Arc::clone(&job_rx);
            let thread = thread::Builder::new().name(format!("worker-{id}"));
            pool.workers.push(thread.spawn(move || work(&job_rx))?);
        }
        Ok(pool)
    }

    /// Queues `job`; waits for room while the queue is full.
    ///
    /// # Panics
    ///
    /// Never: the sender is there until the end, and the workers outlive it.
    pub fn execute(&self, job: impl FnOnce() + Send + 'static) {
        let job_tx = self.job_tx.as_ref().expect("it is there until the end");
        job_tx.send(Box::new(job)).expect("the workers outlive it");
    }

    /// Queues `job` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the job back when the queue is full.
    ///
    /// # Panics
    ///
    /// Never, see [`Pool::execute`].
    pub fn try_execute(
        &self,
        job: impl FnOnce() + Send + 'static,
    ) -> Result<(), TrySendError<Job>> {
        let job_tx = self.job_tx.as_ref().expect("it is there until the end");
        job_tx.try_send(Box::new(job))
    }

    /// Runs all that is queued, and ends. In a job of its own pool, it neither waits for the worker
    /// that runs this job, nor counts what that worker has run.
    pub fn drain(mut self) -> Report {
        self.join()
    }

    fn join(&mut self) -> Report {
        self.job_tx = None;
        let mut total = Report::default();
        for worker in self.workers.drain(..) {
            // Where a job is the last owner of its pool, this is a worker, which then ends alone.
            if worker.thread().id() != thread::current().id() {
                // Never an error: whatever a job does, its worker does not panic.
                let report = worker.join().unwrap_or_default();
                total.completed += report.completed;
                total.failed += report.failed;
            }
        }
        total
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.join();
    }
}

/// What became of the jobs that a pool has accepted: the counts add up to all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Ran to their end.
    pub completed: u64,
    /// Panicked.
    pub failed: u64,
}

fn work(job_rx: &Mutex<Receiver<Job>>) -> Report {
    let mut report = Report::default();
    while let Some(job) = next_job(job_rx) {
        // Unwind safe: what a job shares with others is for them to check, as after any panic.
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => report.completed += 1,
            Err(payload) => {
                report.failed += 1;
                mem::forget(payload); // Its drop might be the next to panic.
            }
        }
    }
    report
}

/// A function of its own, so that the guard is gone when it returns. In `while let Ok(job) =
/// job_rx.lock()…` it would live through the body, and only one worker would work at a time.
fn next_job(job_rx: &Mutex<Receiver<Job>>) -> Option<Job> {
    let job_rx = job_rx
        .lock()
        .expect("no worker panics while it waits for a job");
    job_rx.recv().ok()
}
