//! Runs jobs on a rayon `ThreadPool`: work-stealing, freely nested, with an unbounded queue.
//!
//! jobs -> [a queue per thread, unbounded] -> N workers, which steal -> results in job order
//!
//! Use it when jobs compute, start further jobs, or are many and tiny. Not when they wait (for a
//! socket, a lock, a channel): each takes a thread from all other work, and when all threads wait
//! for jobs that are still queued, they wait forever (`pool.rs`). Not when jobs come faster than
//! they are done: rayon queues them all. In tasks: `../async-tokio/src/cpu.rs`.
//!
//! - Each job runs once; the results come in the order of the jobs.
//! - A job that panics leaves its payload in its place, and harms no other.
//! - A job that has not begun is for any idle thread to take.
//! - Jobs may borrow from the caller: all have run when the call returns.
//! - A job must hold no lock while it starts further jobs: its thread runs others meanwhile, and
//!   one that wants the same lock would wait for its own thread.
//!
//! In short: `examples/rayon_pool.rs` · Tests: `tests/with_rayon.rs`
//! Needs: rayon 1.10

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rayon::ThreadPool;
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

/// Runs `jobs` on the threads of `pool`, and returns what each returned, in their order.
///
/// Two things to know about `ThreadPool::spawn`, which this does not use: a job that panics there
/// aborts the process, unless the pool was built with a `panic_handler`; and dropping the pool does
/// not wait for its jobs.
///
/// # Example
///
/// ```
/// let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("two threads start");
/// let squares = worker_pool::with_rayon::run(&pool, (1..=3).map(|n| move || n * n));
/// assert_eq!(squares.into_iter().flatten().sum::<i32>(), 14);
/// ```
pub fn run<T: Send, J: FnOnce() -> T + Send>(
    pool: &ThreadPool,
    jobs: impl IntoIterator<Item = J>,
) -> Vec<thread::Result<T>> {
    let jobs: Vec<J> = jobs.into_iter().collect();
    // Unwind safe: the payload is in the result.
    let run = |job| catch_unwind(AssertUnwindSafe(job));
    // At most one: rayon would put neighbours together, and while the first of these runs, no
    // thread could steal the others.
    let jobs = jobs.into_par_iter().with_max_len(1);
    pool.install(|| jobs.map(run).collect())
}
