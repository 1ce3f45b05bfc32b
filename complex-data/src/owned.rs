//! Sends several kinds of message, each with its data, over one channel to a worker that owns its
//! state.
//!
//! ```text
//! producers -> [Task | Cancel | Flush, bounded] -> worker and its state -> caller
//! ```
//!
//! Use it when a thread is to be told different things. One enum and one channel keep the order
//! between them; with a channel for each kind, a `Cancel` may come before its `Task`. Not when the
//! sender waits for an answer: that takes a reply channel in the message.
//!
//! A message is moved: its heap data stays where it is, and only the enum itself is copied into the
//! channel and out of it. Every message is as large as the largest variant: `Box` a payload of more
//! than a hundred bytes or so.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | ownership | a payload is never copied: not on its way, not in the state, not on the way back | `a_payload_stays_where_it_is` |
//! | result | that of the same messages handled in a loop | `the_worker_does_what_a_loop_does` |
//! | order | that in which a producer sends, between all kinds | `the_worker_does_what_a_loop_does` |
//! | full queue | the producer waits: at most `capacity` messages are queued | `a_producer_is_never_far_ahead_of_the_worker` |
//! | loss | none: a task is done, cancelled, or given back as pending | `every_task_is_accounted_for` |
//! | `work` panics | the producer gets its message back from the failed send; the caller panics with the same payload; queued messages and pending tasks are lost | `a_panic_in_the_work_reaches_the_caller`, `a_producer_that_unwraps_does_not_hide_the_panic` |
//! | ends | all senders are dropped -> the worker returns its state -> it is joined | `a_hundred_rounds_end` |
//!
//! In short: `examples/an_enum_of_messages.rs`
//!
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// Something to be done.
#[derive(Debug, PartialEq, Eq)]
pub struct Task {
    /// Tells the task from others.
    pub id: u64,
    /// What it is about.
    pub payload: Vec<u8>,
}

/// All that the worker can be told.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// Keep this task until the next `Flush`.
    Task(Task),
    /// Drop the first pending task with this id. When there is none, it is too late and nothing
    /// happens.
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

/// Runs a worker that calls `work` for each task that is flushed, and `produce` on this thread with
/// the sender of its messages. Returns the worker's state and what `produce` returned.
///
/// Up to `capacity` messages wait for the worker; 0 hands each over directly. `produce` may clone
/// the sender for other threads. The worker goes on until the last sender is dropped, and this
/// function waits for that: a sender that `produce` returns or stores away makes it wait for ever.
///
/// A send fails only when the worker has panicked; the error holds the message.
///
/// # Panics
///
/// With the panic of `work` or `produce`, that of `work` if both panic; or when the system refuses
/// to start a thread.
///
/// # Example
///
/// ```
/// use complex_data::owned::{Message, Task, run};
///
/// let mut done = Vec::new();
/// let (state, sent) = run(16, |task| done.push(task.payload), |message_tx| {
///     message_tx.send(Message::Task(Task { id: 1, payload: b"one".to_vec() }))?;
///     message_tx.send(Message::Task(Task { id: 2, payload: b"two".to_vec() }))?;
///     message_tx.send(Message::Cancel { id: 1 })?;
///     message_tx.send(Message::Flush)
/// });
/// assert!(sent.is_ok());
/// assert_eq!((state.done, state.cancelled, done), (1, 1, vec![b"two".to_vec()]));
/// ```
pub fn run<Out>(
    capacity: usize,
    work: impl FnMut(Task) + Send,
    produce: impl FnOnce(SyncSender<Message>) -> Out,
) -> (State, Out) {
    thread::scope(|scope| {
        // The sender moves into `produce` and is gone when that ends, also by a panic: the worker
        // then ends too, and can be joined.
        let (message_tx, message_rx) = sync_channel(capacity);
        let worker = thread::Builder::new()
            .name("worker".into())
            .spawn_scoped(scope, || handle_all(message_rx, work))
            .expect("the system has a thread left");
        // Caught, so that a producer that unwraps a failed send does not hide why it failed.
        let produced = catch_unwind(AssertUnwindSafe(|| produce(message_tx)));
        match (worker.join(), produced) {
            (Ok(state), Ok(produced)) => (state, produced),
            (Err(payload), _) | (_, Err(payload)) => resume_unwind(payload),
        }
    })
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
