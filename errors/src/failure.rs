//! Makes one `Result` of the three ways in which a thread can end: a value, an error or a panic.
//!
//! `join() -> Ok(Ok(value)) | Ok(Err(error)) | Err(payload) -> Ok(value) | Failed | Panicked`
//!
//! Use it wherever a thread is joined, or a panic of a job caught, and both failures are handled in
//! one place. Not where the panic should go on: `resume_unwind` the payload.
//!
//! Join all threads before you look at a result. An iterator of `flatten(handle.join())` that is
//! collected into a `Result` stops at the first failure, and drops the handles of the others.
//!
//! - Value, error and panic are told apart. The message of the panic is kept, its payload is not.
//! - It goes through `?` into `anyhow::Error` and the like where `E` is a `std::error::Error`. That
//!   `anyhow::Error`, `Box<dyn Error>` and `String` are not: match there.
//!
//! In short: `examples/all_results_of_all_threads.rs` · Tests: `tests/failure.rs`
//! Needs: std only

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::thread;

/// Turns what `JoinHandle::join`, `ScopedJoinHandle::join` or `catch_unwind` returned into one
/// `Result`, where the body returns a `Result` itself.
///
/// # Errors
///
/// The error of the body, or its panic.
///
/// # Example
///
/// ```
/// use std::thread;
/// use errors::failure::{Failure, flatten};
///
/// let parse = |text: &'static str| flatten(thread::spawn(|| text.parse::<u8>()).join());
/// assert_eq!(parse("7"), Ok(7));
/// assert!(matches!(parse("seven"), Err(Failure::Failed(_))));
///
/// let ended = thread::spawn(|| -> Result<u8, String> { panic!("out of {}", "luck") }).join();
/// assert_eq!(flatten(ended).unwrap_err().to_string(), "panicked: out of luck");
/// ```
pub fn flatten<T, E>(ended: thread::Result<Result<T, E>>) -> Result<T, Failure<E>> {
    match ended {
        Ok(result) => result.map_err(Failure::Failed),
        // Not `&payload`: that would be the type of the box, not of what is in it.
        Err(payload) => Err(Failure::Panicked(message(&*payload).to_owned())),
    }
}

/// The payload of `panic!("text")` is a `&str`, of `panic!("{n}")` a `String`, of `panic_any(x)` x.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// How a thread or a caught job failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked with this message.
    Panicked(String),
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked(message) => write!(f, "panicked: {message}"),
        }
    }
}

impl<E: Error> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked(_) => None,
        }
    }
}
