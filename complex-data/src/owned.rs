//! Sends several kinds of message, each with its data, to a worker that owns its state.
//!
//! producers -> [Task | Cancel | Flush, capacity] -> worker and its state -> caller
//!
//! Use it when a thread is to be told different things. One enum and one channel keep the order
//! between them; with a channel for each kind, a `Cancel` may overtake its `Task`. When the sender
//! waits for an answer: `../request-response/src/actor.rs`.
//!
//! - A message is moved: its payload stays where it is, on its way, in the state and on its way
//!   back.
//! - The worker does what a loop over the messages would do, those of a producer in their order.
//! - A full queue makes the producers wait.
//! - No task is lost: it is done, cancelled, or given back as pending. Only a panic of the work
//!   loses what is pending or queued; later messages come back, and the join gets its payload.
//! - It ends when all senders are dropped.
//!
//! In short: `examples/an_enum_of_messages.rs` · Tests: `tests/owned.rs`
//! Needs: std only

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Something to be done.
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    /// Tells the task from others.
    pub id: u64,
    /// What it is about.
    pub payload: Vec<u8>,
}

/// All that the worker can be told. As large as its largest variant, and copied into the channel
/// and out of it: `Box` what is larger than a hundred bytes or so.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Keep this task until the next `Flush`.
    Task(Task),
    /// Drop the first pending task with this id. If there is none, nothing happens: it is too late.
    Cancel {
        /// The id of the task.
        id: u64,
    },
    /// Do all pending tasks, in the order in which they came.
    Flush,
}

/// What the worker owns while it runs, and hands over when the messages end.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Tasks not yet flushed, in the order in which they came. Only a `Flush` bounds them.
    pub pending: Vec<Task>,
    /// How many were done.
    pub done: u64,
    /// How many were cancelled in time.
    pub cancelled: u64,
}

/// Starts a worker in `scope` that calls `work` for each task that is flushed. Returns the sender
/// of its messages, which may be cloned for other threads, and the worker, whose `join` returns its
/// state.
///
/// Up to `capacity` messages wait for the worker; 0 hands each over directly. Memory for them is
/// taken at the start; a capacity that memory cannot hold panics or aborts.
///
/// The worker goes on until the last sender is dropped: drop yours before the join, or that waits
/// forever. A send fails only when the worker has panicked; the error holds the message.
///
/// # Panics
///
/// When the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use complex_data::owned::{Message, Task, start};
///
/// let mut done = Vec::new();
/// std::thread::scope(|scope| {
///     let (message_tx, worker) = start(scope, 16, |task| done.push(task.payload));
///     message_tx.send(Message::Task(Task { id: 1, payload: b"one".to_vec() })).unwrap();
///     message_tx.send(Message::Task(Task { id: 2, payload: b"two".to_vec() })).unwrap();
///     message_tx.send(Message::Cancel { id: 1 }).unwrap();
///     message_tx.send(Message::Flush).unwrap();
///     drop(message_tx); // Ends the worker.
///     let state = worker.join().unwrap();
///     assert_eq!((state.done, state.cancelled), (1, 1));
/// });
/// assert_eq!(done, [b"two"]);
/// ```
pub fn start<'scope>(
    scope: &'scope Scope<'scope, '_>,
    capacity: usize,
    work: impl FnMut(Task) + Send + 'scope,
) -> (SyncSender<Message>, ScopedJoinHandle<'scope, State>) {
    let (message_tx, message_rx) = sync_channel(capacity);
    let worker = Builder::new()
        .name("worker".into())
        .spawn_scoped(scope, || handle_all(message_rx, work));
    (message_tx, worker.expect("the system has a thread left"))
}

fn handle_all(message_rx: Receiver<Message>, mut work: impl FnMut(Task)) -> State {
    let mut state = State::default();
    for message in message_rx {
        // Without a `_` arm: a new kind of message does not compile before it is handled here.
        match message {
            Message::Task(task) => state.pending.push(task),
            Message::Cancel { id } => {
                if let Some(place) = state.pending.iter().position(|task| task.id == id) {
                    state.pending.remove(place);
                    state.cancelled += 1;
                }
            }
            Message::Flush => {
                for task in state.pending.drain(..) {
                    work(task);
                    state.done += 1;
                }
            }
        }
    }
    state
}
