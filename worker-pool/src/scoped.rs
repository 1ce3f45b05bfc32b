//! Runs jobs that borrow from the caller, on threads that end before the call does.
//!
//! ```text
//! body -> execute -> [jobs, bounded] -> N workers;  body returns -> workers empty the queue -> call returns
//! ```
//!
//! Use it when jobs need what the caller owns, for the time of one call: no `Arc`, no `'static`.
//! When each item yields a result, fan out and in instead. When the threads should outlive one
//! call, see [`pool`].
//!
//! | promise | | shown by |
//! |---|---|---|
//! | borrowing | a job may use, and change, what outlives the call | `jobs_borrow_from_the_caller` |
//! | full queue | `execute` waits, `try_execute` gives the job back | `a_full_queue_gives_the_job_back` |
//! | loss | none: all accepted jobs have run when the call ends, even if `body` panics | `a_panic_of_the_body_comes_after_the_jobs` |
//! | a job panics | the others run; then the caller panics with the payload of the first | `a_panic_of_a_job_reaches_the_caller` |
//! | ends | body returns -> the sender is dropped -> workers empty the queue and end, before the call does | `a_hundred_pools_end` |
//!
//! [`pool`]: ../pool/index.html
//!
//! In short: `examples/jobs_that_borrow.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::mem::ManuallyDrop;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crossbeam_channel::{Sender, TrySendError, bounded};

/// What a pool runs.
pub type Job<'env> = Box<dyn FnOnce() + Send + 'env>;

/// Takes the jobs of one call of [`pool`].
#[derive(Debug)]
pub struct Pool<'env> {
    job_tx: Sender<Job<'env>>,
}

impl<'env> Pool<'env> {
    /// Queues `job`; waits for room while the queue is full.
    ///
    /// # Panics
    ///
    /// Never: the workers outlive the sender.
    pub fn execute(&self, job: impl FnOnce() + Send + 'env) {
        self.job_tx
            .send(Box::new(job))
            .expect("the workers outlive it");
    }

    /// Queues `job` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the job back when the queue is full.
    pub fn try_execute(
        &self,
        job: impl FnOnce() + Send + 'env,
    ) -> Result<(), TrySendError<Job<'env>>> {
        self.job_tx.try_send(Box::new(job))
    }
}

/// Calls `body` with a pool of `workers` threads and room for `queue` waiting jobs, and returns
/// what `body` returns once all jobs have run.
///
/// As with any `thread::scope`, the destructors of what a job keeps in a `thread_local!` may run
/// after the call.
///
/// # Panics
///
/// Once all jobs have run: with the panic of `body`, else with that of the first job that panicked.
/// And when the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use worker_pool::scoped::pool;
///
/// let mut lines = ["one".to_string(), "two".to_string()];
/// pool(NonZeroUsize::new(2).unwrap(), 4, |pool| {
///     for line in &mut lines {
///         pool.execute(|| line.make_ascii_uppercase());
///     }
/// });
/// assert_eq!(lines, ["ONE", "TWO"]);
/// ```
pub fn pool<'env, Out>(
    workers: NonZeroUsize,
    queue: usize,
    body: impl FnOnce(&Pool<'env>) -> Out,
) -> Out {
    let (panic_tx, panic_rx) = bounded(1);
    let out = thread::scope(|scope| {
        // Inside the scope, so that even if `body` panics the sender is gone before the scope waits
        // for the workers.
        let (job_tx, job_rx) = bounded::<Job<'env>>(queue);
        for id in 0..workers.get() {
            let (job_rx, panic_tx) = (job_rx.clone(), panic_tx.clone());
            let worker = move || {
                for job in job_rx {
                    // Unwind safe: the panic goes on in the caller.
                    if let Err(payload) = catch_unwind(AssertUnwindSafe(job)) {
                        // Fails when there is one already: only the first goes on. None is dropped
                        // here or with the channel: that might be the next panic.
                        let _ = panic_tx.try_send(ManuallyDrop::new(payload));
                    }
                }
            };
            thread::Builder::new()
                .name(format!("worker-{id}"))
                .spawn_scoped(scope, worker)
                .expect("the system has a thread left");
        }
        body(&Pool { job_tx })
    });
    if let Ok(payload) = panic_rx.try_recv() {
        resume_unwind(ManuallyDrop::into_inner(payload));
    }
    out
}
