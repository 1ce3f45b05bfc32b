//! An error for a failed send that goes through `?`, whatever the message is.
//!
//! `send(message) -> SendError, with the message -> SendFailure, the reason alone -> ? -> anyhow`
//!
//! Use it when a failed send ends the function and the message may be dropped. When the message
//! must live on, match the error, which gives it back: `failover_std.rs`.
//!
//! `tx.send(message)?` compiles only for some messages: what goes into `anyhow::Error` or
//! `Box<dyn Error + Send + Sync>` must be `Send + Sync + 'static`, and `SendError<T>` is that only
//! where the message is. A boxed job is not `Sync`, and a borrowed text is not `'static`.
//!
//! - It tells full from closed, and is one byte, whatever the message.
//! - The message may be of any type. It is dropped when its error is converted.
//!
//! For crossbeam-channel, import its `SendError` and `TrySendError`. For its `send_timeout`, add a
//! variant `TimedOut` and a `From<SendTimeoutError<T>>` like the one for `TrySendError<T>`.
//!
//! In short: `examples/question_mark_with_anyhow.rs` · Tests: `tests/send_failure.rs`
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
/// use errors::send_failure::SendFailure;
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
/// Without the conversion, `submit` does not compile:
///
/// ```compile_fail,E0277
/// # use std::sync::mpsc::Sender;
/// # type Job = Box<dyn FnOnce() + Send>;
/// fn submit(job_tx: &Sender<Job>, job: Job) -> anyhow::Result<()> {
///     Ok(job_tx.send(job)?)
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
    fn from(_: SendError<T>) -> Self {
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
