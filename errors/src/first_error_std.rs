//! Does fallible work on several threads: the first error stops them all, and every item is
//! accounted for.
//!
//! ```text
//! items -> caller -> [numbered jobs, bounded] -> N workers -> joined: done, failed, abandoned
//! ```
//!
//! Use it when one error makes the rest pointless. Not when the rest is to be done all the same:
//! then let `work` keep its error as a value.
//!
//! The first error is that of the item with the lowest number, not the first in time. Jobs are
//! handed out in order: when one fails, all before it are in the hands of workers, which finish
//! them. So it is the error at which a loop on one thread would have stopped, in every run. Only a
//! panic goes before it, even that of a later item.
//!
//! Variants: [`first_error_crossbeam`] for crossbeam-channel; [`async-tokio/bounded_concurrency`]
//! for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | first error | that of a loop on one thread; all before it is done | `the_first_error_is_that_of_a_loop` |
//! | after it | what is under way is finished, and no later item is begun | `an_error_stops_the_others` |
//! | count | items taken = done + failed + abandoned | `the_first_error_is_that_of_a_loop` |
//! | full queue | the caller waits: it is never more than `capacity` + `workers` + 1 items ahead of the work | `the_input_is_never_far_ahead_of_the_work` |
//! | `work` panics | the others stop, and the caller panics with the same payload | `a_panic_stops_the_others_and_reaches_the_caller` |
//! | both | the panic goes before the error, whichever item is the first | `a_panic_goes_before_an_error` |
//! | a caught panic | with `failure`, it is an error like any other | `a_caught_panic_is_an_error` |
//! | `items` panics | the caller panics with the same payload | `a_panic_in_the_input_reaches_the_caller` |
//! | ends | input ends, or an error is seen -> caller drops jobs -> workers end and are joined | `a_hundred_rounds_end` |
//!
//! [`first_error_crossbeam`]: ../first_error_crossbeam/index.html
//! [`async-tokio/bounded_concurrency`]: ../../async_tokio/bounded_concurrency/index.html
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex};
use std::{iter, thread};

/// Calls `work` for each item on one of `workers` threads, and returns how many items there were.
///
/// Up to `capacity` items wait for a worker. A thread cannot be ended from outside: calls of `work`
/// that are under way when one fails are waited for. So is a call of `items.next()`: this thread
/// notices the error when the next item is there.
///
/// # Errors
///
/// When a call of `work` failed.
///
/// # Panics
///
/// With the panic of `work` or `items`, or when the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use errors::first_error_std::try_for_each;
///
/// let check = |text: &str| text.parse::<u8>().map(drop);
/// let workers = NonZeroUsize::new(2).unwrap();
///
/// assert_eq!(try_for_each(["1", "2", "3"], workers, 1, check).unwrap(), 3);
///
/// let stopped = try_for_each(["1", "two", "3", "four"], workers, 1, check).unwrap_err();
/// assert_eq!(stopped.item, 1);
/// assert_eq!(stopped.error.to_string(), "invalid digit found in string");
/// ```
pub fn try_for_each<T: Send, E: Send>(
    items: impl IntoIterator<Item = T>,
    workers: NonZeroUsize,
    capacity: usize,
    work: impl Fn(T) -> Result<(), E> + Sync,
) -> Result<usize, Stopped<E>> {
    // The lowest number of an item that failed. Relaxed will do: it only falls, so an item above an
    // old value is above the newest, too.
    let failed = AtomicUsize::new(usize::MAX);

    let (mut taken, mut done, mut errors) = (0, 0, Vec::new());
    thread::scope(|scope| {
        // Both ends live in here, so that they are gone before the scope waits for its threads,
        // even when `items` panics.
        let (job_tx, job_rx) = sync_channel(capacity);
        let job_rx = Arc::new(Mutex::new(job_rx));
        let start_worker = |id| {
            let (job_rx, failed, work) = (Arc::clone(&job_rx), &failed, &work);
            thread::Builder::new()
                .name(format!("worker-{id}"))
                .spawn_scoped(scope, move || {
                    work_through(iter::from_fn(|| next_job(&job_rx)), failed, work)
                })
                .expect("the system has a thread left")
        };
        let threads: Vec<_> = (0..workers.get()).map(start_worker).collect();
        // So that the send below fails, and does not wait, when all workers have panicked.
        drop(job_rx);

        for job in items.into_iter().enumerate() {
            taken += 1;
            if job_tx.send(job).is_err() || failed.load(Relaxed) != usize::MAX {
                break;
            }
        }
        drop(job_tx); // The workers do, or abandon, what is queued, and end.
        for thread in threads {
            let ended = thread.join();
            let (count, failure) = ended.unwrap_or_else(|payload| resume_unwind(payload));
            done += count;
            errors.extend(failure);
        }
    });

    if errors.is_empty() {
        return Ok(done);
    }
    errors.sort_unstable_by_key(|&(number, _)| number);
    let (item, error) = errors.remove(0);
    Err(Stopped {
        item,
        error,
        done,
        abandoned: taken - done - 1 - errors.len(),
        others: errors,
    })
}

/// A function of its own, so that the lock is held while a worker waits, not while it works.
fn next_job<T>(job_rx: &Mutex<Receiver<T>>) -> Option<T> {
    job_rx
        .lock()
        .expect("no thread panics while it waits for an item")
        .recv()
        .ok()
}

/// What a worker does. Returns how many items it has done, and the one that failed.
fn work_through<T, E>(
    jobs: impl Iterator<Item = (usize, T)>,
    failed: &AtomicUsize,
    work: impl Fn(T) -> Result<(), E>,
) -> (usize, Option<(usize, E)>) {
    let (mut done, mut failure) = (0, None);
    for (number, item) in jobs {
        // An item before the failed one is not abandoned: if it fails, it is the first.
        if number > failed.load(Relaxed) {
            continue;
        }
        // Unwind safe: the panic goes on, and nothing is done with what it left behind.
        let result = catch_unwind(AssertUnwindSafe(|| work(item)));
        if !matches!(result, Ok(Ok(()))) {
            failed.fetch_min(number, Relaxed);
        }
        match result {
            Ok(Ok(())) => done += 1,
            // The only one: whatever this worker gets after it has a higher number.
            Ok(Err(error)) => failure = Some((number, error)),
            Err(payload) => resume_unwind(payload),
        }
    }
    (done, failure)
}

/// The first error, and what became of all items that were taken.
#[derive(Debug)]
pub struct Stopped<E> {
    /// The number of the item that failed, from 0: as many items before it are done.
    pub item: usize,
    /// What `work` returned for it.
    pub error: E,
    /// Items after it that failed too, before they were stopped: at most one for each other worker.
    pub others: Vec<(usize, E)>,
    /// How many items succeeded.
    pub done: usize,
    /// How many items were taken from the input, and dropped before they were begun.
    pub abandoned: usize,
}

impl<E> fmt::Display for Stopped<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (item, failed) = (self.item, 1 + self.others.len());
        let (done, abandoned) = (self.done, self.abandoned);
        write!(
            f,
            "item {item} failed ({done} done, {failed} failed, {abandoned} abandoned)"
        )
    }
}

impl<E: Error + 'static> Error for Stopped<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
