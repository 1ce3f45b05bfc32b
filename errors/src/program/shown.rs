//! Shows what came back with all that is in it: `Debug` leaves out the message in a send error.

use std::any::Any;
use std::fmt::Debug;
use std::sync::mpsc;

use errors::deadline::End;
use errors::failure::Failure;
use errors::first_error::FirstError;
use errors::timed_send::SendFailure;

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

/// The errors that std and crossbeam call the same.
macro_rules! errors_of {
    ($library:ident) => {
        shown! {
            $library::SendError<u32>: Self(message) => "SendError({message})";
            $library::TrySendError<u32>:
                Self::Full(message) => "Full({message})",
                Self::Disconnected(message) => "Disconnected({message})";
            $library::RecvError: error => "{error:?}";
            $library::TryRecvError: error => "{error:?}";
            $library::RecvTimeoutError: error => "{error:?}";
        }
    };
}

errors_of!(mpsc);
errors_of!(crossbeam_channel);
shown! {
    crossbeam_channel::SendTimeoutError<u32>:
        Self::Timeout(message) => "Timeout({message})",
        Self::Disconnected(message) => "Disconnected({message})";
    (u32, SendFailure): unsent => "{unsent:?}";
    End: end => "{end:?}";
    Failure<&str>: failure => "{failure:?}";
    FirstError<Failure<&str>>: Self { item, error, .. } => "{item}: {error}";
}

/// What a thread panicked with.
impl Shown for Box<dyn Any + Send> {
    fn shown(&self) -> String {
        let message = self.downcast_ref::<&str>().unwrap_or(&"no text");
        format!("payload {message:?}")
    }
}
