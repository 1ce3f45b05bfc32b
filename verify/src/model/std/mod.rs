//! The standard library, with stand-ins where threads meet.

#[doc(no_inline)]
pub use ::std::*;
#[doc(no_inline)]
pub use shuttle::thread_local;

pub mod sync;
pub mod thread;
pub mod time;
