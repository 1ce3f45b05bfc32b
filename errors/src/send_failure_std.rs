//! An error for a failed send that works with `?` everywhere, whatever the message is.
//!
//! ```text
//! send(message) -> SendError<T>, with the message -> SendFailure, the reason alone -> ? -> anyhow
//! ```
//!
//! Use it when a failed send ends the function and the message may go with it. Not when the message
//! must live on: match the error, which gives it back, as [`failover_std`] does.
//!
//! Why not just `tx.send(message)?`: an error that goes into `anyhow::Error` or `Box<dyn Error +
//! Send + Sync>` must be `Send + Sync + 'static`, and `SendError<T>`, which holds the message, is
//! that only where the message is. A boxed job is not `Sync`, a `&str` not `'static`: neither
//! compiles.
//!
//! Variants: [`send_failure_crossbeam`] for crossbeam-channel.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | reason | full and closed are told apart | `each_failure_keeps_its_reason` |
//! | `?` | into this type as it is, into any other by `map_err` | `a_question_mark_takes_it` |
//! | message | may be of any type: not `Sync`, borrowed, without `Debug` | `a_question_mark_takes_it` |
//! | loss | the message is dropped as its error is converted | `the_message_is_dropped_at_once` |
//! | size | one byte, whatever the message | `a_result_is_one_byte` |
//!
//! [`failover_std`]: ../failover_std/index.html
//! [`send_failure_crossbeam`]: ../send_failure_crossbeam/index.html
//!
//! In short: `examples/question_mark_with_anyhow.rs`
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::sync::mpsc::{SendError, TrySendError};

/// Why a message was not sent. The message is gone.
///
/// # Example
///
/// ```
/// use std::sync::mpsc::Sender;
/// use errors::send_failure_std::SendFailure;
///
/// type Job = Box<dyn FnOnce() + Send>;
///
/// fn submit(job_tx: &Sender<Job>, job: Job) -> anyhow::Result<()> {
///     job_tx.send(job).map_err(SendFailure::from)?;
///     Ok(())
/// }
///
/// fn greet<'a>(name_tx: &Sender<&'a str>, name: &'a str) -> Result<(), SendFailure> {
///     Ok(name_tx.send(name)?)
/// }
/// ```
///
/// Without it, the first does not compile, because a job is not `Sync`:
///
/// ```compile_fail,E0277
/// use std::sync::mpsc::Sender;
///
/// type Job = Box<dyn FnOnce() + Send>;
///
/// fn submit(job_tx: &Sender<Job>, job: Job) -> anyhow::Result<()> {
///     job_tx.send(job)?;
///     Ok(())
/// }
/// ```
///
/// Nor does this, because the error would outlive what it borrows:
///
/// ```compile_fail,E0521
/// use std::sync::mpsc::Sender;
///
/// fn greet<'a>(name_tx: &Sender<&'a str>, name: &'a str) -> anyhow::Result<()> {
///     name_tx.send(name)?;
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SendFailure {
    /// There is no room now: later there may be.
    Full,
    /// The receiver is gone: no later message will arrive either.
    Closed,
}

impl<T> From<SendError<T>> for SendFailure {
    fn from(SendError(_): SendError<T>) -> Self {
        Self::Closed
    }
}

impl<T> From<TrySendError<T>> for SendFailure {
    fn from(error: TrySendError<T>) -> Self {
        match error {
            TrySendError::Full(_) => Self::Full,
            TrySendError::Disconnected(_) => Self::Closed,
        }
    }
}

impl fmt::Display for SendFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "the channel is full",
            Self::Closed => "the receiver is gone",
        })
    }
}

impl Error for SendFailure {}
