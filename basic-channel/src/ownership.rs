//! Hands values over to another thread: each has one owner at any time, and what that thread does
//! not take comes back.
//!
//! ```text
//! hand_over(value) -> [no queue] -> recipient -> finish() -> its result
//!        ^                |
//!        +-- value, when the recipient is gone
//! ```
//!
//! Use it when a value must not be lost on the way: it is either with the recipient or still yours.
//! Not for many small values: each may cost a switch between threads and back, most of which the
//! queue of [`stream`] saves; but what is queued is lost with its receiver.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | ownership | the recipient gets the very same heap buffer; nothing is copied but the handle | `the_recipient_gets_the_very_same_buffer` |
//! | after it | the sender can no longer use the value: the compiler refuses it | an example that must not compile |
//! | order | that of the calls | `values_arrive_in_order` |
//! | full queue | there is none: `hand_over` waits until the value is taken | `what_is_not_taken_is_not_handed_over` |
//! | loss | none: a recipient that has stopped gives the value back | `each_value_is_taken_or_comes_back` |
//! | the recipient panics | the value comes back, and `finish` panics with the same payload | `a_panic_of_the_recipient_reaches_its_owner` |
//! | the owner panics | the recipient sees the end, as after `finish`; its result is lost | `a_panic_of_the_owner_ends_the_recipient` |
//! | ends | `finish` drops the sender -> the recipient sees the end -> it is joined | `a_hundred_rounds_end` |
//!
//! With crossbeam-channel, write `bounded` for `sync_channel` and `Sender` for `SyncSender`;
//! nothing else changes.
//!
//! [`stream`]: ../stream/index.html
//!
//! In short: `examples/send_and_receive.rs`
//!
//! Needs: std only

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// A thread that owns what it is given.
///
/// When this is dropped without `finish`, the thread sees the end all the same, and the scope joins
/// it; but its result is lost, and the scope replaces the message of its panic with one of its own.
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
        let thread = Builder::new()
            .name("recipient".into())
            .spawn_scoped(scope, move || receive(value_rx))
            .expect("the system has a thread left");
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
    /// use std::sync::mpsc::SendError;
    /// use std::thread;
    /// use basic_channel::ownership::Recipient;
    ///
    /// thread::scope(|scope| {
    ///     let recipient = Recipient::start(scope, |words| words.recv());
    ///     let word = String::from("first");
    ///     recipient.hand_over(word).expect("it waits for one");
    ///     // It takes no more than one: the second is still ours.
    ///     assert_eq!(recipient.hand_over("second".into()), Err(SendError("second".into())));
    ///     assert_eq!(recipient.finish(), Ok("first".into()));
    /// });
    /// ```
    ///
    /// What has been given away cannot be used:
    ///
    /// ```compile_fail,E0382
    /// use std::thread;
    /// use basic_channel::ownership::Recipient;
    ///
    /// thread::scope(|scope| {
    ///     let recipient = Recipient::start(scope, |words| words.recv());
    ///     let word = String::from("first");
    ///     recipient.hand_over(word).expect("it waits for one");
    ///     word.len(); // error[E0382]: borrow of moved value: `word`
    ///     assert_eq!(recipient.finish(), Ok("first".into()));
    /// });
    /// ```
    pub fn hand_over(&self, value: T) -> Result<(), SendError<T>> {
        self.value_tx.send(value)
    }

    /// Tells the recipient that there will be no more, waits for it, and returns what it returned.
    ///
    /// # Panics
    ///
    /// With the panic of the recipient.
    pub fn finish(self) -> Out {
        // As long as there is a sender, the recipient waits for more, and `join` for the recipient.
        drop(self.value_tx);
        self.thread
            .join()
            .unwrap_or_else(|payload| resume_unwind(payload))
    }
}
