//! Hands values over to another thread: each has one owner at any time, and what that thread does
//! not take comes back.
//!
//! value -> [no queue] -> recipient -> its result
//!
//! Use it when a value must not be lost on the way: it is either with the recipient or still yours.
//! Not for many small values: each may cost a switch between threads and back, most of which the
//! queue of `stream.rs` saves; but what is queued is lost with its receiver.
//!
//! - The recipient gets the very same heap buffer: nothing is copied but the handle.
//! - `hand_over` waits until the recipient asks for the value. Values arrive in order.
//! - A recipient that has stopped or panicked gives the value back. `finish` passes its panic on.
//! - A `Recipient` that is dropped without `finish` ends too, but its result is lost.
//!
//! With crossbeam-channel, write `bounded` for `sync_channel` and `Sender` for `SyncSender`.
//!
//! In short: `examples/send_and_receive.rs` · Tests: `tests/ownership.rs`
//! Needs: std only

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// A thread that owns what it is given.
///
/// When this is dropped without `finish`, the scope joins the thread, and replaces the message of
/// its panic with one of its own.
#[derive(Debug)]
#[must_use = "only `finish` tells what became of the values"]
pub struct Recipient<'scope, T, Out> {
    value_tx: SyncSender<T>,
    thread: ScopedJoinHandle<'scope, Out>,
}

impl<'scope, T: Send + 'scope, Out: Send + 'scope> Recipient<'scope, T, Out> {
    /// Starts a thread in `scope` that calls `receive` with the receiver of the values.
    ///
    /// The recipient has stopped when the receiver is dropped. One that is kept, in the result of
    /// `receive` for instance, makes `hand_over` wait for somebody who takes the value.
    ///
    /// # Panics
    ///
    /// When the system refuses to start a thread.
    pub fn start(
        scope: &'scope Scope<'scope, '_>,
        receive: impl FnOnce(Receiver<T>) -> Out + Send + 'scope,
    ) -> Self {
        // No queue: a value that waits in one has left its owner and reached nobody, and is lost if
        // the recipient stops then.
        let (value_tx, value_rx) = sync_channel(0);
        let thread = Builder::new().name("recipient".into());
        let thread = thread.spawn_scoped(scope, move || receive(value_rx));
        let thread = thread.expect("the system has a thread left");
        Self { value_tx, thread }
    }

    /// Gives `value` away. Returns once the recipient has asked for it.
    ///
    /// # Errors
    ///
    /// With the value, when the recipient has stopped.
    ///
    /// # Example
    ///
    /// ```
    /// use basic_channel::ownership::Recipient;
    ///
    /// std::thread::scope(|scope| {
    ///     let recipient = Recipient::start(scope, |words| words.recv());
    ///     let word = String::from("first");
    ///     assert_eq!(recipient.hand_over(word), Ok(()));
    ///     // It takes no more than one: the second is still ours.
    ///     assert_eq!(recipient.hand_over("second".into()), Err("second".into()));
    ///     assert_eq!(recipient.finish(), Ok("first".into()));
    /// });
    /// ```
    ///
    /// What has been given away cannot be used:
    ///
    /// ```compile_fail,E0382
    /// use basic_channel::ownership::Recipient;
    ///
    /// std::thread::scope(|scope| {
    ///     let recipient = Recipient::start(scope, |words| words.recv());
    ///     let word = String::from("first");
    ///     assert_eq!(recipient.hand_over(word), Ok(()));
    ///     word.len(); // error[E0382]: borrow of moved value: `word`
    /// });
    /// ```
    pub fn hand_over(&self, value: T) -> Result<(), T> {
        self.value_tx.send(value).map_err(|unsent| unsent.0)
    }

    /// Tells the recipient that there will be no more, waits for it, and returns what it returned.
    ///
    /// # Panics
    ///
    /// With the panic of the recipient.
    pub fn finish(self) -> Out {
        // As long as there is a sender, the recipient waits for more, and `join` for the recipient.
        drop(self.value_tx);
        let out = self.thread.join();
        out.unwrap_or_else(|payload| resume_unwind(payload))
    }
}
