//! Shows what came back with all that is in it: `Debug` leaves out the message in a send error.

use std::any::Any;
use std::fmt::Debug;
use std::sync::mpsc;

use errors::failure::Failure;
use errors::{
    deadline_crossbeam, deadline_std, first_error_crossbeam, first_error_std, timed_send,
};

pub(crate) trait Shown {
    fn shown(&self) -> String;
}

impl<T: Debug, E: Shown> Shown for Result<T, E> {
    fn shown(&self) -> String {
        match self {
            Ok(value) => format!("Ok({value:?})"),
            Err(error) => format!("Err({})", error.shown()),
        }
    }
}

/// `type: pattern => text, pattern => text;` with the names in the pattern used in the text.
macro_rules! shown {
    ($($shown:ty: $($kind:pat => $text:literal),+;)+) => {
        $(impl Shown for $shown {
            fn shown(&self) -> String {
                match self {
                    $($kind => format!($text)),+
                }
            }
        })+
    };
}

shown! {
    mpsc::SendError<u32>: Self(message) => "SendError({message})";
    crossbeam_channel::SendError<u32>: Self(message) => "SendError({message})";
    mpsc::TrySendError<u32>:
        Self::Full(message) => "Full({message})",
        Self::Disconnected(message) => "Disconnected({message})";
    crossbeam_channel::TrySendError<u32>:
        Self::Full(message) => "Full({message})",
        Self::Disconnected(message) => "Disconnected({message})";
    timed_send::SendTimeoutError<u32>:
        Self::Timeout(message) => "Timeout({message})",
        Self::Disconnected(message) => "Disconnected({message})";
    crossbeam_channel::SendTimeoutError<u32>:
        Self::Timeout(message) => "Timeout({message})",
        Self::Disconnected(message) => "Disconnected({message})";

    mpsc::RecvError: error => "{error:?}";
    mpsc::TryRecvError: error => "{error:?}";
    mpsc::RecvTimeoutError: error => "{error:?}";
    crossbeam_channel::RecvError: error => "{error:?}";
    crossbeam_channel::TryRecvError: error => "{error:?}";
    crossbeam_channel::RecvTimeoutError: error => "{error:?}";
    deadline_std::End: end => "{end:?}";
    deadline_crossbeam::End: end => "{end:?}";

    Failure<&str>:
        Self::Failed(error) => "Failed({error:?})",
        Self::Panicked { message, .. } => "Panicked({message:?})";
    first_error_std::Stopped<Failure<&str>>: Self { item, error, .. } => "{item}: {error}";
    first_error_crossbeam::Stopped<Failure<&str>>: Self { item, error, .. } => "{item}: {error}";
}

/// What a thread panicked with.
impl Shown for Box<dyn Any + Send> {
    fn shown(&self) -> String {
        let message = self.downcast_ref::<&str>().unwrap_or(&"no text");
        format!("payload {message:?}")
    }
}
