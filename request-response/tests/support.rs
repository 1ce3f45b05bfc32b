//! What the tests of several patterns need.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, sync_channel};

/// A request to a server that calls it, and replies with what it returns.
pub(crate) type Call<R> = Box<dyn FnOnce() -> R + Send>;

/// The handler of such a server: it counts.
pub(crate) fn count<R>(calls: &mut usize, call: Call<R>) -> R {
    *calls += 1;
    call()
}

/// Panics, without a word on stderr: a backtrace for each would be most of what a test does.
pub(crate) fn fail<T>() -> T {
    resume_unwind(Box::new("a bad request"))
}

/// A gate, and what holds a server up that calls it until the gate is dropped. The gate receives that
/// it has come.
pub(crate) fn gate() -> (Receiver<()>, impl Fn() + Send + 'static) {
    let (hold, gate) = sync_channel(0);
    (gate, move || while hold.send(()).is_ok() {})
}

/// Panics as it is dropped.
#[derive(Debug)]
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        fail::<()>();
    }
}
