//! Runs jobs on a fixed number of threads, from a bounded queue, and accounts for every job.
//!
//! ```text
//! execute -> [jobs, bounded] -> N workers -> completed, failed
//!                   abort -> abandoned
//! ```
//!
//! Use it when jobs come one by one over the life of a program, from several threads. When all are
//! there at the start and you want their results in one place, fan out and in without a pool; when
//! they borrow from the caller, see [`scoped`]; when each yields a value, add [`results`].
//!
//! Variants: [`std_only`] without a dependency; [`with_rayon`] for jobs that compute;
//! [`async-tokio/shutdown`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | account | accepted = completed + failed + abandoned, whichever way the pool ends | `every_end_accounts_for_every_job` |
//! | full queue | `execute` waits, `try_execute` gives the job back | `a_full_queue_gives_the_job_back` |
//! | closed | both give the job back | `a_closed_pool_gives_the_job_back` |
//! | a job panics | it is counted, `on_panic` gets the payload, the worker goes on | `a_job_that_panics_leaves_the_pool_whole` |
//! | drain, drop | all accepted jobs run | `a_drain_runs_all_that_was_accepted` |
//! | drain with a limit | after it, queued jobs are discarded, and running ones are reported | `a_job_that_outlasts_the_limit_is_told` |
//! | abort | queued jobs are discarded, running ones are waited for | `an_abort_discards_the_queue`, `no_job_begins_while_the_queue_is_discarded` |
//! | drop in a job | fine: a thread does not join itself | `the_last_owner_may_be_a_job` |
//! | drop in a panic | fine: it never panics | `a_panic_of_the_owner_drains_the_pool` |
//! | ends | the pool drops the sender -> workers empty the queue -> the pool joins them | `a_hundred_pools_end` |
//!
//! A job that waits for another job of its own pool, or for room in its queue, may wait forever:
//! all workers may be doing the same. Where the profile says `panic = "abort"`, a panic ends the
//! process.
//!
//! [`scoped`]: ../scoped/index.html
//! [`results`]: ../results/index.html
//! [`std_only`]: ../std_only/index.html
//! [`with_rayon`]: ../with_rayon/index.html
//! [`async-tokio/shutdown`]: ../../async_tokio/shutdown/index.html
//!
//! In short: `examples/a_worker_pool.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::any::Any;
use std::convert::Infallible;
use std::error::Error;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use std::{fmt, io, mem};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};

/// What a pool runs.
pub type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that run jobs from a queue. Dropping it is like [`Pool::drain`].
/// A pool in a `static` is never dropped: what it has not run when `main` returns is lost.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use worker_pool::pool::Pool;
///
/// let pool = Pool::new(NonZeroUsize::new(2).unwrap(), 16, drop)?;
/// for n in 0..10 {
///     pool.execute(move || assert!(n != 4)).expect("the pool is open");
/// }
/// let report = pool.drain();
/// assert_eq!((report.completed, report.failed, report.abandoned), (9, 1, 0));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Pool {
    /// There until the end: once it is gone and the queue is empty, the workers end.
    job_tx: Option<Sender<Job>>,
    /// To discard what no worker will come to.
    job_rx: Receiver<Job>,
    /// Nothing is ever sent; it is disconnected once all workers have ended.
    ended_rx: Receiver<Infallible>,
    workers: Vec<JoinHandle<()>>,
    closed: AtomicBool,
    /// Tells workers to drop what they take from the queue.
    discarding: Arc<AtomicBool>,
    account: Arc<Account>,
}

impl Pool {
    /// Starts `workers` threads. Up to `queue` jobs wait for a free one; with 0, `execute` waits
    /// until a worker takes the job. A caller that is faster than the workers finds the queue full,
    /// and then sleeps and wakes for each job: where jobs cost a microsecond and come in bursts,
    /// room for a whole burst is twice as fast.
    ///
    /// `on_panic` gets the payload of each job that panics, on its worker's thread. Pass `drop` if
    /// the message that the panic hook prints is enough.
    ///
    /// # Errors
    ///
    /// When the system refuses to start a thread. Those that have started are joined.
    pub fn new(
        workers: NonZeroUsize,
        queue: usize,
        on_panic: impl Fn(Box<dyn Any + Send>) + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let (job_tx, job_rx) = bounded(queue);
        let (ended_tx, ended_rx) = bounded(0);
        let mut pool = Self {
            job_tx: Some(job_tx),
            job_rx,
            ended_rx,
            workers: Vec::new(),
            closed: AtomicBool::new(false),
            discarding: Arc::default(),
            account: Arc::default(),
        };
        let on_panic = Arc::new(on_panic);
        for id in 0..workers.get() {
            let (job_rx, ended_tx) = (pool.job_rx.clone(), ended_tx.clone());
            let (account, on_panic) = (Arc::clone(&pool.account), Arc::clone(&on_panic));
            let discarding = Arc::clone(&pool.discarding);
            let worker = move || {
                for job in job_rx {
                    if discarding.load(Relaxed) {
                        contain(|| drop(job));
                    } else {
                        account.run(job, &*on_panic);
                    }
                }
                drop(on_panic); // The user's, too: its drop may take long.
                drop(ended_tx); // The last one tells `drain_within`.
            };
            let thread = thread::Builder::new().name(format!("worker-{id}"));
            pool.workers.push(thread.spawn(worker)?);
        }
        Ok(pool)
    }

    /// Queues `job`; waits for room while the queue is full.
    ///
    /// # Errors
    ///
    /// Gives the job back when the pool is closed.
    pub fn execute(&self, job: impl FnOnce() + Send + 'static) -> Result<(), TrySendError<Job>> {
        self.queue(Box::new(job), |job_tx, job| Ok(job_tx.send(job)?))
    }

    /// Queues `job` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the job back when the queue is full or the pool is closed (`Disconnected`).
    pub fn try_execute(
        &self,
        job: impl FnOnce() + Send + 'static,
    ) -> Result<(), TrySendError<Job>> {
        self.queue(Box::new(job), Sender::try_send)
    }

    fn queue(
        &self,
        job: Job,
        send: impl FnOnce(&Sender<Job>, Job) -> Result<(), TrySendError<Job>>,
    ) -> Result<(), TrySendError<Job>> {
        match &self.job_tx {
            Some(job_tx) if !self.closed.load(Relaxed) => send(job_tx, job)?,
            _ => return Err(TrySendError::Disconnected(job)),
        }
        self.account.accepted.increment();
        Ok(())
    }

    /// Takes no more jobs, from any thread. One that already waits in `execute` for room is still
    /// taken.
    pub fn close(&self) {
        self.closed.store(true, Relaxed);
    }

    /// The counts of this pool, during its life and after.
    pub fn account(&self) -> Arc<Account> {
        Arc::clone(&self.account)
    }

    /// Runs all that is queued, and ends. In a job of its own pool, it does not wait for the worker
    /// that runs this job.
    pub fn drain(mut self) -> Report {
        self.join();
        self.account.report()
    }

    /// Runs what is queued until `limit` is over, discards the rest, and ends. In a job of its own
    /// pool, the limit is always over: that job still runs. Its thread cannot join itself.
    ///
    /// # Errors
    ///
    /// When the limit is over, with the report of that moment: jobs that still run count as
    /// abandoned, since no thread can be ended from outside. The threads come along, to be joined
    /// or left alone. Idle ones, too, need a moment to end: a limit of zero is mostly over, though
    /// nothing is abandoned where all was done.
    pub fn drain_within(mut self, limit: Duration) -> Result<Report, Overtime> {
        self.job_tx = None;
        if self.ended_rx.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
            self.discard();
            let (report, workers) = (self.account.report(), mem::take(&mut self.workers));
            return Err(Overtime { report, workers });
        }
        Ok(self.drain())
    }

    /// Discards what is queued, waits for the jobs that run, and ends.
    pub fn abort(self) -> Report {
        self.discard();
        self.drain()
    }

    /// The workers may take some meanwhile, and drop them: where drops take long, they would
    /// otherwise run half of the queue. No more can come: `self` is no longer shared.
    fn discard(&self) {
        self.discarding.store(true, Relaxed);
        for job in self.job_rx.try_iter() {
            contain(|| drop(job));
        }
    }

    fn join(&mut self) {
        self.job_tx = None;
        for worker in self.workers.drain(..) {
            // Where a job is the last owner of its pool, this is a worker, which then ends alone.
            if worker.thread().id() != thread::current().id() {
                // Never an error: whatever a job does, its worker does not panic.
                let _ = worker.join();
            }
        }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.join();
    }
}

/// Counts what becomes of the jobs of a pool.
#[derive(Debug, Default)]
pub struct Account {
    accepted: Counter,
    completed: Counter,
    failed: Counter,
}

/// In a cache line of its own: callers count accepted jobs while workers count finished ones, and
/// in one line they would slow each other down by a third.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Counter(AtomicU64);

impl Counter {
    fn increment(&self) {
        self.0.fetch_add(1, Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Account {
    /// The counts so far. While the pool is at work, queued and running jobs count as abandoned.
    pub fn report(&self) -> Report {
        let (completed, failed) = (self.completed.get(), self.failed.get());
        let abandoned = self.accepted.get().saturating_sub(completed + failed);
        Report {
            completed,
            failed,
            abandoned,
        }
    }

    fn run(&self, job: Job, on_panic: &impl Fn(Box<dyn Any + Send>)) {
        // Unwind safe: what a job shares with others is for them to check, as after any panic.
        match catch_unwind(AssertUnwindSafe(job)) {
            Ok(()) => self.completed.increment(),
            Err(payload) => {
                self.failed.increment();
                contain(|| on_panic(payload));
            }
        }
    }
}

/// Calls user code that may panic outside of a job: `on_panic`, or the drop of a job that did not
/// run.
fn contain(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        mem::forget(payload); // Its drop might be the next to panic.
    }
}

/// What became of the jobs that a pool has accepted: the counts add up to all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Ran to their end.
    pub completed: u64,
    /// Panicked.
    pub failed: u64,
    /// Did not run, or not to their end.
    pub abandoned: u64,
}

/// A drain did not end within its limit.
#[derive(Debug)]
pub struct Overtime {
    /// What had become of the jobs by then.
    pub report: Report,
    /// The threads: those that run a job, and others that are about to end.
    pub workers: Vec<JoinHandle<()>>,
}

impl fmt::Display for Overtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} jobs not done by the limit", self.report.abandoned)
    }
}

impl Error for Overtime {}
