//! Turns a function into a job for any pool, and a handle that yields its value or its panic.
//!
//! ```text
//! work -> (job, handle);  job -> any thread -> [one result] -> handle
//! ```
//!
//! Use it when the caller wants to know how one job of many ended; [`pool`], [`std_only`],
//! `rayon::spawn` and `std::thread::spawn` can all run the job. On rayon, give the pool, the
//! global one too, a `panic_handler`: without one, a job that panics aborts the process. When all
//! results are wanted in one place, one channel for all of them costs less.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | value | the handle yields what the work returned | `a_handle_yields_the_value` |
//! | the work panics | the handle yields the payload, and the job panics, so that the pool counts it | `a_handle_yields_the_panic` |
//! | abandoned | a job dropped without being run is an error at once, not an endless wait | `a_job_that_is_dropped_is_abandoned` |
//! | nobody waits | the value is dropped; a panic goes to the pool | `a_handle_may_be_dropped` |
//! | ends | the job ends by running or being dropped; the handle sees either | `a_job_that_is_dropped_is_abandoned` |
//!
//! The technique is that of C++'s `std::packaged_task`.
//!
//! [`pool`]: ../pool/index.html
//! [`std_only`]: ../std_only/index.html
//!
//! In short: `examples/results_of_jobs.rs`
//!
//! Needs: std only

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SendError, sync_channel};

/// Splits `work` into a job, for any thread to run, and a handle that yields the outcome.
///
/// If `work` panics, so does the job: with a `&'static str` that says that the handle has the
/// payload or, when the handle is gone, with the payload itself.
///
/// # Example
///
/// ```
/// use std::thread;
/// use worker_pool::results::task;
///
/// let (job, handle) = task(|| 6 * 7);
/// let thread = thread::spawn(job);
/// assert_eq!(handle.wait()?, 42);
/// # thread.join().unwrap();
/// # Ok::<(), worker_pool::results::Failure>(())
/// ```
pub fn task<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> (impl FnOnce() + Send + 'static, Handle<T>) {
    let (result_tx, result_rx) = sync_channel(1);
    let job = move || {
        // Unwind safe: the payload goes on, to the handle or up this thread.
        match catch_unwind(AssertUnwindSafe(work)) {
            // Fails when the handle is gone: nobody wants the value.
            Ok(value) => drop(result_tx.send(Ok(value))),
            Err(payload) => match result_tx.send(Err(payload)) {
                Err(SendError(Err(payload))) => resume_unwind(payload),
                _ => resume_unwind(Box::new("the handle has taken the panic of this job")),
            },
        }
    };
    (job, Handle { result_rx })
}

/// Stands for the result of a job.
#[derive(Debug)]
pub struct Handle<T> {
    result_rx: Receiver<Result<T, Box<dyn Any + Send>>>,
}

impl<T> Handle<T> {
    /// Waits until the job has run or been dropped.
    ///
    /// # Errors
    ///
    /// When the work panicked, and when it never ran.
    pub fn wait(self) -> Result<T, Failure> {
        match self.result_rx.recv() {
            Ok(result) => result.map_err(Failure::Panicked),
            Err(_) => Err(Failure::Abandoned),
        }
    }
}

/// Why a job has no value. It is not `Sync`, as a panic payload is not, and so anyhow's `?` does
/// not take it: pass on its text.
#[derive(Debug)]
pub enum Failure {
    /// Its work panicked, with this payload.
    Panicked(Box<dyn Any + Send>),
    /// It was dropped before it ran.
    Abandoned,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Abandoned => f.write_str("the job was dropped before it ran"),
            Self::Panicked(payload) => {
                let message = payload.downcast_ref::<&str>().copied();
                let message = message.or(payload.downcast_ref::<String>().map(String::as_str));
                write!(f, "the job panicked: {}", message.unwrap_or("no message"))
            }
        }
    }
}

impl Error for Failure {}
