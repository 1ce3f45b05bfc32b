//! Fans out jobs that may add jobs: pages that link to pages, folders within folders.
//!
//! `jobs -> [queue] -> workers, who add jobs to the queue -> [capacity] -> caller`
//!
//! Use it when the work is not all known at the start. When it is: `unordered.rs`. rayon's
//! `scope.spawn` does the same for work that never waits, without results on the way, and goes on
//! after a panic until all other jobs are done. Jobs of a microsecond cost half as much there.
//!
//! - Each job gives one result, in any order.
//! - It ends when nothing is queued and nothing runs: each job that is queued or runs holds a
//!   sender of the queue, so the queue ends with the last of them. (That it is empty would mean
//!   nothing.)
//! - Full results make the workers wait. Adding a job never waits, and the queue has no bound: with
//!   one, all workers might wait for room that only they can make.
//! - A panic of the work reaches the caller.
//! - A caller that drops the iterator stops all threads; queued jobs are lost.
//!
//! In short: `examples/a_job_adds_jobs.rs` · Tests: `tests/worklist.rs`
//! Needs: crossbeam-channel 0.5.17

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{Builder, Scope};

use crossbeam_channel::{Sender, bounded, unbounded};

/// Where a job adds jobs.
#[derive(Debug)]
pub struct Jobs<T> {
    job_tx: Sender<(T, Jobs<T>)>,
}

impl<T> Jobs<T> {
    /// Adds a job, which the next idle worker begins. Never waits.
    pub fn add(&self, job: T) {
        let job_tx = self.job_tx.clone();
        // Fails only when all workers have ended, after a panic or because the caller has stopped.
        let _ = self.job_tx.send((job, Jobs { job_tx }));
    }
}

/// Starts threads in `scope` that call `work` for each of `jobs` and of those that it adds, and
/// returns the results.
///
/// Jobs are begun in the order in which they are added. The queue takes memory for all that are
/// added and not yet begun: in a tree, up to its widest level. (rayon begins the newest first, and
/// needs less.) Up to `capacity` results wait for the caller, in memory taken at the start; more
/// than there is panics or aborts.
///
/// Dropping the iterator stops the threads: jobs in progress are finished, and each thread begins
/// one more at most. The scope joins them: an iterator that is leaked, or kept and not polled,
/// makes it wait.
///
/// ```
/// use fan_out_fan_in::worklist::{Jobs, fan_out};
///
/// // Of one digit or two, all of them 1 or 2.
/// let mut numbers: Vec<u32> = std::thread::scope(|scope| {
///     let work = |n: u32, jobs: &Jobs<u32>| {
///         (1..=2).filter(|_| n < 10).for_each(|digit| jobs.add(10 * n + digit));
///         n
///     };
///     fan_out(scope, [1, 2], 4, 16, work).collect()
/// });
/// numbers.sort_unstable();
/// assert_eq!(numbers, [1, 2, 11, 12, 21, 22]);
/// ```
///
/// # Panics
///
/// When `workers` is 0, when the system refuses to start a thread, or with the panic of `jobs`,
/// which are all queued before this returns. The iterator panics with the panic of `work`; once it
/// is dropped, such panics are lost.
pub fn fan_out<'scope, T: Send + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    jobs: impl IntoIterator<Item = T>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T, &Jobs<T>) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (job_tx, job_rx) = unbounded();
    let (result_tx, result_rx) = bounded(capacity);
    let caller = Arc::new(()); // Gone when the iterator is dropped.

    let work = Arc::new(work);
    for id in 0..workers {
        let (job_rx, result_tx, work) = (job_rx.clone(), result_tx.clone(), Arc::clone(&work));
        let caller = Arc::downgrade(&caller);
        let worker = move || {
            let last_tx = result_tx.clone();
            let run = move || {
                for (job, jobs) in job_rx {
                    // A failed send alone would tell too late, with one more job done.
                    if caller.strong_count() == 0 || result_tx.send(Ok(work(job, &jobs))).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            // The panic goes on in the caller; nobody looks at what it left behind.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
                // Fails only when the caller has stopped, and no longer wants to know.
                let _ = last_tx.send(Err(payload));
            }
        };
        let name = format!("worker-{id}");
        let thread = Builder::new().name(name).spawn_scoped(scope, worker);
        thread.expect("the system has a thread left");
    }

    let first = Jobs { job_tx }; // A sender, so that the queue does not end before all are added.
    jobs.into_iter().for_each(|job| first.add(job));
    // Dropped in this order: who finds the results gone finds the caller gone, too.
    let ends = (caller, result_rx);
    iter::from_fn(move || {
        let (_caller, result_rx) = &ends;
        let result = result_rx.recv().ok()?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}
