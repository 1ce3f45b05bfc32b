//! Runs jobs on a fixed number of threads, from a bounded queue, with the standard library alone.
//!
//! `execute -> [queue] -> lock -> workers, which take jobs in turn -> completed, failed`
//!
//! Use it in place of `pool.rs`, for which it is a drop-in, when you want no dependency. Where jobs
//! take less than 30 µs, that one is faster. Add `results.rs` for what a job returns, `tracker.rs`
//! to wait until all are done, or to end within a limit.
//!
//! - A full queue makes `execute` wait; `try_execute` gives the job back.
//! - A job that panics is counted, and harms no other.
//! - Finished or dropped, the pool runs all that it has accepted: accepted = completed + failed.
//! - The last owner of a pool may be a job, of this pool or of another of this file: then nobody
//!   waits for what is queued. Pools of two files, or two that `finish` each other, may wait
//!   forever.
//! - A job that waits for another job of its pool, or for room in its queue, may wait forever.
//!
//! In short: `examples/a_worker_pool.rs` · Tests: `tests/std_only.rs`
//! Needs: std only

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, JoinHandle};

/// What a pool runs.
pub type Job = Box<dyn FnOnce() + Send>;

/// A fixed number of threads that run jobs from a queue. Dropping it is like [`Pool::finish`],
/// but does not wait in a job of its own or of a younger pool.
///
/// ```
/// let pool = worker_pool::std_only::Pool::start(2, 16).expect("two threads start");
/// (0..10).for_each(|n| pool.execute(move || assert!(n != 4)));
/// assert_eq!(pool.finish().completed, 9);
/// ```
#[derive(Debug)]
pub struct Pool {
    job_tx: SyncSender<Job>,
    workers: Vec<JoinHandle<()>>,
    counts: Arc<[AtomicUsize; 2]>, // Completed, failed.
    number: usize,                 // From 1, in the order in which pools start.
}

std::thread_local!(static WORKS_FOR: Cell<usize> = const { Cell::new(0) }); // A pool's number.

impl Pool {
    /// Starts `workers` threads. Up to `queue` jobs wait for a free one, for which memory is taken
    /// at once; with 0, `execute` waits until a worker takes the job.
    ///
    /// # Errors
    ///
    /// When the system refuses to start a thread. Those that have started end.
    ///
    /// # Panics
    ///
    /// When `workers` is 0, or memory cannot hold the queue.
    pub fn start(workers: usize, queue: usize) -> io::Result<Self> {
        let thread = |id| Builder::new().name(format!("worker-{id}"));
        Self::start_on((0..workers).map(thread), queue)
    }

    /// The same on threads with names or stack sizes of your own.
    ///
    /// # Errors
    /// # Panics
    /// As [`Pool::start`].
    pub fn start_on(threads: impl Iterator<Item = Builder>, queue: usize) -> io::Result<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(1);
        let (job_tx, job_rx) = sync_channel(queue);
        let job_rx = Arc::new(Mutex::new(job_rx));
        let mut pool = Self {
            job_tx,
            workers: Vec::new(),
            counts: Arc::default(),
            number: STARTED.fetch_add(1, Relaxed),
        };
        for thread in threads {
            let (job_rx, counts) = (Arc::clone(&job_rx), Arc::clone(&pool.counts));
            let number = pool.number;
            pool.workers.push(thread.spawn(move || {
                WORKS_FOR.with(|it| it.set(number));
                while let Some(job) = next(&job_rx) {
                    // Unwind safe: what a job shares with others is for them to check.
                    let ended = catch_unwind(AssertUnwindSafe(job));
                    counts[usize::from(ended.is_err())].fetch_add(1, Relaxed);
                    let _ = catch_unwind(AssertUnwindSafe(|| drop(ended))); // May panic, too.
                }
            })?);
        }
        assert!(!pool.workers.is_empty(), "there must be a worker");
        Ok(pool)
    }

    /// Queues `job`; waits for room while the queue is full.
    pub fn execute(&self, job: impl FnOnce() + Send + 'static) {
        let _ = self.job_tx.send(Box::new(job)); // Never fails: the workers outlive the sender.
    }

    /// Queues `job` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the job back when the queue is full.
    pub fn try_execute(&self, job: impl FnOnce() + Send + 'static) -> Result<(), Job> {
        let sent = self.job_tx.try_send(Box::new(job));
        sent.map_err(|(TrySendError::Full(job) | TrySendError::Disconnected(job))| job)
    }

    /// Runs all that is queued, and ends. In a job of its own, it does not wait for that job.
    pub fn finish(mut self) -> Report {
        self.end();
        let [completed, failed] = [0, 1].map(|n| self.counts[n].load(Relaxed));
        Report { completed, failed }
    }

    fn end(&mut self) {
        self.job_tx = sync_channel(0).0; // Without the other, the workers end with the queue.
        let this = thread::current().id();
        let others = self.workers.drain(..).filter(|it| it.thread().id() != this);
        others.for_each(|it| drop(it.join())); // Never an error: a worker does not panic.
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        // Not in a job of its own or of a younger pool: no two pools wait for each other.
        if WORKS_FOR.with(Cell::get) < self.number {
            self.end();
        }
    }
}

/// What became of the jobs that a pool has accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Ran to their end.
    pub completed: usize,
    /// Panicked.
    pub failed: usize,
}

/// A function, so that the lock is free while the job runs. In `while let Ok(job) = lock()…recv()`
/// it would be kept, and one worker would work at a time.
fn next(job_rx: &Mutex<Receiver<Job>>) -> Option<Job> {
    let job_rx = job_rx.lock().expect("no worker panics with it");
    job_rx.recv().ok()
}
