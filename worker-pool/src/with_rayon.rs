//! Runs jobs on a rayon `ThreadPool`: work-stealing, freely nested, with an unbounded queue.
//!
//! ```text
//! jobs -> [a queue per thread, unbounded] -> N workers, which steal -> results in job order
//! ```
//!
//! Use it when jobs compute, start further jobs, or are many and tiny. Not when they wait (for a
//! socket, a lock, a channel): each one that waits takes a thread from all other work, and when all
//! threads wait for jobs that are still queued, they wait forever. Not when jobs come faster than
//! they are done: rayon queues them all.
//!
//! Variants: [`pool`] for jobs that block; [`async-tokio/cpu`] for a task that needs the result.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | results | each job runs once; results come in the order of the jobs | `the_results_are_those_of_a_serial_run` |
//! | a job panics | its place holds the payload, all others run | `a_job_that_panics_harms_no_other` |
//! | stealing | a job that has not begun is for any idle thread to take | `a_job_that_takes_long_holds_up_no_other` |
//! | borrowing | jobs may borrow from the caller | `jobs_borrow_from_the_caller` |
//! | ends | all jobs have run when the call returns; the threads end with the pool | `one_thread_is_enough` |
//!
//! A job must not hold a lock while it starts further jobs: until they are done, its thread runs
//! whatever job it finds, and one that wants the same lock would wait for its own thread.
//!
//! Two things to know about `ThreadPool::spawn`, which this does not use: a job that panics there
//! aborts the process, unless the pool was built with a `panic_handler`; and dropping the pool does
//! not wait for its jobs.
//!
//! [`pool`]: ../pool/index.html
//! [`async-tokio/cpu`]: ../../async_tokio/cpu/index.html
//!
//! In short: `examples/rayon_pool.rs`
//!
//! Needs: rayon 1

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Runs `jobs` on the threads of `pool`, and returns what each returned, in their order.
///
/// # Example
///
/// ```
/// use rayon::ThreadPoolBuilder;
/// use worker_pool::with_rayon::run;
///
/// let pool = ThreadPoolBuilder::new().num_threads(2).build().expect("two threads start");
/// let squares = run(&pool, (1..=3).map(|n| move || n * n).collect());
/// assert_eq!(squares.into_iter().flatten().sum::<i32>(), 14);
/// ```
pub fn run<T: Send>(
    pool: &ThreadPool,
    jobs: Vec<impl FnOnce() -> T + Send>,
) -> Vec<thread::Result<T>> {
    // Unwind safe: the payload is in the result.
    let run = |job| catch_unwind(AssertUnwindSafe(job));
    // At most one: rayon would put neighbours together, and while the first of these runs, no
    // thread could steal the others.
    let jobs = jobs.into_par_iter().with_max_len(1);
    pool.install(|| jobs.map(run).collect())
}
