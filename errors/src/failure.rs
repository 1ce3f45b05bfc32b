//! Makes one `Result` of the three ways in which a thread can end: a value, an error or a panic.
//!
//! ```text
//! join() -> Ok(Ok(value))  -> Ok(value)
//!           Ok(Err(error)) -> Err(Failed(error))
//!           Err(payload)   -> Err(Panicked { message, payload })
//! ```
//!
//! Use it wherever a thread is joined, or a job caught, and both ways to fail are to be handled in
//! one place. Not where a panic should go on as a panic: `resume_unwind` the payload.
//!
//! Join all threads before you look at a result. An iterator of `flatten(handle.join())` that is
//! collected into a `Result` stops at the first failure: it drops the other handles, and their
//! errors and panics with them. A scope still joins those threads, but their errors are lost.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | value, error and panic are told apart, for a thread and for a caught job | `every_end_of_a_thread_is_a_result` |
//! | message | that of the panic, where it has one | `a_panic_keeps_its_message` |
//! | payload | is kept, and can be raised again | `a_panic_can_be_raised_again` |
//! | `?` | goes into anyhow, where `E` is an `Error`: it is `Sync`, which a payload is not | `a_question_mark_takes_it` |
//!
//! In short: `examples/all_results_of_all_threads.rs`
//!
//! Needs: std only

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::Mutex;
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
///
/// assert!(matches!(parse("7"), Ok(7)));
/// assert!(matches!(parse("seven"), Err(Failure::Failed(_))));
///
/// let ended = thread::spawn(|| -> Result<u8, String> { panic!("out of {}", "luck") }).join();
/// assert_eq!(flatten(ended).unwrap_err().to_string(), "panicked: out of luck");
/// ```
pub fn flatten<T, E>(ended: thread::Result<Result<T, E>>) -> Result<T, Failure<E>> {
    match ended {
        Ok(result) => result.map_err(Failure::Failed),
        Err(payload) => Err(Failure::Panicked {
            // Not `&payload`: that would be the type of the box, not of what is in it.
            message: message(&*payload).to_owned(),
            payload: Mutex::new(payload),
        }),
    }
}

/// The payload of `panic!("text")` is a `&str`, of `panic!("{n}")` a `String`, of `panic_any(x)` x.
fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a message")
}

/// How a thread or a caught job failed.
///
/// It is an `Error`, and goes with `?`, where `E` is one. `anyhow::Error` and `Box<dyn Error>` are
/// not: there, match it, and return what is in `Failed`.
#[derive(Debug)]
pub enum Failure<E> {
    /// It returned this error.
    Failed(E),
    /// It panicked.
    Panicked {
        /// What the panic said.
        message: String,
        /// For `resume_unwind(payload.into_inner()…)`, or to be downcast. The mutex is never
        /// locked: it is there because a payload is not `Sync`.
        payload: Mutex<Box<dyn Any + Send>>,
    },
}

impl<E: fmt::Display> fmt::Display for Failure<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => error.fmt(f),
            Self::Panicked { message, .. } => write!(f, "panicked: {message}"),
        }
    }
}

impl<E: Error> Error for Failure<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => error.source(),
            Self::Panicked { .. } => None,
        }
    }
}
