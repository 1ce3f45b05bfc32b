//! Does fallible work on several threads: the first error stops them all.
//!
//! `items, behind a lock -> workers, until one fails -> joined: how many are done, what has failed`
//!
//! Use it when one error makes the rest pointless; otherwise let `work` keep its error as a value.
//! For results, use `?` in a loop over those of `../fan-out-fan-in/src/ordered.rs`.
//!
//! - The first error is that of the item with the lowest number, not the first in time: the one at
//!   which a loop on one thread would stop, in every run. All items before it are done.
//! - After an error, the input is not asked again. A call of its `next()` in progress finishes, and
//!   so do all items that were taken: an input that stays silent delays the error.
//! - The input is never ahead of the workers. Every item that was taken is done or has failed.
//! - A panic of the work or of `items` stops the others too, and reaches the caller. Panic and
//!   error: the panic wins. With `failure.rs`, a panic of the work can be an error like any other.
//!
//! Tests: `tests/first_error.rs`
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, Builder};

/// Calls `work` for each item on one of `workers` threads, and returns how many items there were.
///
/// # Errors
///
/// When a call of `work` failed.
///
/// # Panics
///
/// With that of `work` or `items`; when `workers` is 0, or the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use errors::first_error::try_for_each;
///
/// let check = |text: &str| text.parse::<u8>().map(drop);
/// assert_eq!(try_for_each(["1", "2", "3"], 2, check).unwrap(), 3);
/// let first = try_for_each(["1", "two", "3", "four"], 2, check).unwrap_err();
/// assert_eq!((first.item, first.error), (1, "two".parse::<u8>().unwrap_err()));
/// ```
pub fn try_for_each<T, E: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    workers: usize,
    work: impl Fn(T) -> Result<(), E> + Sync,
) -> Result<usize, FirstError<E>> {
    assert!(workers > 0, "there must be a worker");
    let items = Mutex::new(items.into_iter().enumerate().fuse());
    let stopped = AtomicBool::new(false);
    // A function, so that the lock is free during the work. After a panic of the input it is
    // poisoned, and there are no more items.
    let next = || {
        let mut items = items.lock().ok()?;
        (!stopped.load(Relaxed)).then(|| items.next())?
    };
    let worker = || {
        let _stop = Stop(&stopped);
        let mut done = 0;
        while let Some((number, item)) = next() {
            match work(item) {
                Ok(()) => done += 1,
                Err(error) => return (done, Some((number, error))),
            }
        }
        (done, None)
    };
    let (mut done, mut errors) = (0, Vec::new());
    thread::scope(|scope| {
        // Locked until all threads are there. A panic before that poisons it, and they end: nobody
        // could end one that waits for a silent input.
        let closed = items.lock();
        let mut threads = Vec::new();
        for id in 0..workers {
            let thread = Builder::new().name(format!("worker-{id}"));
            let thread = thread.spawn_scoped(scope, worker);
            threads.push(thread.expect("the system has a thread left"));
        }
        drop(closed);
        for thread in threads {
            let (count, error) = thread.join().unwrap_or_else(|panic| resume_unwind(panic));
            done += count;
            errors.extend(error);
        }
    });
    errors.sort_unstable_by_key(|&(number, _)| number);
    let mut errors = errors.into_iter();
    let Some((item, error)) = errors.next() else {
        return Ok(done);
    };
    Err(FirstError {
        item,
        error,
        others: errors.collect(),
        done,
    })
}

/// Whoever ends, ends the others: the input has ended, or the rest is pointless.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Relaxed);
    }
}

/// The first error, and what became of all items that were taken. It goes through `?` where `E` is
/// an [`Error`], which `anyhow::Error` and `Box<dyn Error>` are not: take its `error` there.
#[derive(Debug)]
pub struct FirstError<E> {
    /// Its item, counted from 0. All before it were taken before it, and are done.
    pub item: usize,
    /// What `work` returned.
    pub error: E,
    /// Items after it that failed too, in order: at most one for each other worker.
    pub others: Vec<(usize, E)>,
    /// How many items succeeded.
    pub done: usize,
}

impl<E> fmt::Display for FirstError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item {} failed, {} are done", self.item, self.done)
    }
}

impl<E: Error + 'static> Error for FirstError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}
