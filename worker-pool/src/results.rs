//! Turns a function into a job for any pool, and a handle that yields its value or its panic.
//!
//! work -> (job, handle);  job -> any thread -> [one result] -> handle
//!
//! Use it when the caller wants to know how one job of many ended. `pool.rs`, `std_only.rs`,
//! `scoped.rs`, `rayon::spawn` and `thread::spawn` can all run the job; rayon needs a
//! `panic_handler`, or a job that panics aborts the process. When all results are wanted in one
//! place, one channel for all of them costs less: `../fan-out-fan-in/src/unordered.rs`.
//!
//! - The handle yields what the work returned, or its panic; then the job panics, too, so that its
//!   pool counts it.
//! - A job that is dropped without being run is an error at once, and no endless wait.
//! - A handle may be dropped: the value goes nowhere, a panic to the thread of the job.
//!
//! In short: `examples/results_of_jobs.rs` · Tests: `tests/results.rs`
//! Needs: std only

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, sync_channel};
use std::thread;
use std::time::Duration;

/// Splits `work` into a job, for any thread to run, and a handle that yields the outcome. (C++
/// calls this a `std::packaged_task`.)
///
/// # Panics
///
/// The job does, if `work` does: with a `&'static str` that says that the handle has the payload
/// or, when the handle is gone, with the payload itself.
///
/// # Example
///
/// ```
/// let (job, handle) = worker_pool::results::task(|| 6 * 7);
/// std::thread::spawn(job);
/// assert_eq!(handle.wait()?, 42);
/// # Ok::<(), worker_pool::results::Failure>(())
/// ```
pub fn task<T: Send, W: FnOnce() -> T + Send>(work: W) -> (impl FnOnce() + Send, Handle<T>) {
    let (result_tx, result_rx) = sync_channel(1);
    let job = move || {
        // Unwind safe: the payload goes on, to the handle or up this thread.
        let result = catch_unwind(AssertUnwindSafe(work));
        let panicked = result.is_err();
        match result_tx.send(result) {
            Err(SendError(Err(payload))) => resume_unwind(payload),
            _ if panicked => resume_unwind(Box::new("the handle has the panic of this job")),
            _ => {} // Fails when the handle is gone: nobody wants the value.
        }
    };
    (job, Handle { result_rx })
}

/// Stands for the result of a job.
#[derive(Debug)]
pub struct Handle<T> {
    result_rx: Receiver<thread::Result<T>>,
}

impl<T> Handle<T> {
    /// Waits until the job has run or been dropped.
    ///
    /// # Errors
    ///
    /// When the work panicked, and when it never ran.
    pub fn wait(self) -> Result<T, Failure> {
        self.wait_timeout(Duration::MAX)
    }

    /// Waits likewise, up to `limit`. It yields the outcome once: later calls find the job
    /// [`Failure::Abandoned`].
    ///
    /// # Errors
    ///
    /// As those of [`Handle::wait`]; and when the limit is over, after which one may wait again.
    pub fn wait_timeout(&self, limit: Duration) -> Result<T, Failure> {
        match self.result_rx.recv_timeout(limit) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(payload)) => Err(Failure::Panicked {
                message: message(&*payload).to_string(),
                payload: Mutex::new(payload),
            }),
            Err(RecvTimeoutError::Disconnected) => Err(Failure::Abandoned),
            Err(RecvTimeoutError::Timeout) => Err(Failure::TimedOut),
        }
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// Why there is no value.
#[derive(Debug)]
pub enum Failure {
    /// The work panicked.
    Panicked {
        /// What the panic said.
        message: String,
        /// For `resume_unwind(payload.into_inner()…)`. The mutex is never locked: it is there since
        /// a payload is not `Sync`, which `?` asks for.
        payload: Mutex<Box<dyn Any + Send>>,
    },
    /// The job was dropped before it ran.
    Abandoned,
    /// The limit is over.
    TimedOut,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Panicked { message, .. } => write!(f, "the job panicked: {message}"),
            Self::Abandoned => f.write_str("the job was dropped before it ran"),
            Self::TimedOut => f.write_str("the job has not ended within the limit"),
        }
    }
}

impl Error for Failure {}
