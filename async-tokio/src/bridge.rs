//! Joins blocking code to a task by a bounded channel: it feeds the task, or is fed by it.
//!
//! `items, on a blocking thread -> [bounded] -> task`
//! `task -> [bounded] -> work, on a blocking thread`
//!
//! Use it when one end can only block: a directory walk, a parser over `Read`, a database without
//! an async driver. For one computation: `cpu.rs`. If neither end is a task: a std or crossbeam
//! channel. What blocks as long as the program runs is better a `std::thread` with `blocking_send`.
//!
//! Each holds one of the runtime's blocking threads, 512 in all. If so many wait for something that
//! needs one more (`tokio::fs`, `spawn_blocking`, another bridge), they wait forever: limit them.
//!
//! - All items cross, in order. A full channel makes the sending end wait.
//! - The runtime goes on while the thread blocks.
//! - An end that stops early ends the other at its next item. What is in the channel is lost. An
//!   input that stays silent holds up the end of the runtime: for standard input, take a thread.
//! - A panic of the thread reaches the task, unless that drops an `IntoThread` without `finish`.
//!
//! In short: `examples/blocking_code_beside_tasks.rs` · Tests: `tests/bridge.rs`
//! Needs: tokio 1.44.2 (features rt, sync)

use std::panic::resume_unwind;

use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{JoinError, JoinHandle, spawn_blocking};

/// Runs through `items` on a blocking thread, up to `capacity` + 1 items ahead of the task.
///
/// # Panics
///
/// When `capacity` is 0 or above an eighth of `usize::MAX`; outside a runtime.
///
/// # Example
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let mut entries = async_tokio::bridge::from_thread(std::fs::read_dir(".")?, 16);
/// while let Some(entry) = entries.next().await {
///     println!("{:?}", entry?.file_name()); // An error drops `entries`, and so ends the thread.
/// }
/// # Ok(())
/// # }
/// ```
pub fn from_thread<T: Send + 'static>(
    items: impl IntoIterator<Item = T> + Send + 'static,
    capacity: usize,
) -> FromThread<T> {
    let (item_tx, item_rx) = channel(capacity);
    let thread = spawn_blocking(move || {
        for item in items {
            if item_tx.blocking_send(item).is_err() {
                break; // The task has stopped.
            }
        }
    });
    let thread = Some(thread);
    FromThread { item_rx, thread }
}

/// What comes from a thread. Dropped, it ends the thread once the item in progress is there.
#[derive(Debug)]
pub struct FromThread<T> {
    item_rx: Receiver<T>,
    thread: Option<JoinHandle<()>>,
}

impl<T> FromThread<T> {
    /// Waits for the next item; `None` once the thread has ended. Dropped, it loses nothing.
    ///
    /// # Panics
    ///
    /// With the panic of `items`.
    pub async fn next(&mut self) -> Option<T> {
        let item = self.item_rx.recv().await;
        if let (None, Some(thread)) = (&item, &mut self.thread) {
            let ended = thread.await;
            self.thread = None;
            returned(ended);
        }
        item
    }
}

/// Calls `work` on a blocking thread, with the receiver of all that is sent to it.
///
/// # Panics
///
/// When `capacity` is 0 or above an eighth of `usize::MAX`; outside a runtime.
///
/// # Example
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let text = async_tokio::bridge::into_thread(16, |mut word_rx| {
///     let mut text = String::new();
///     while let Some(word) = word_rx.blocking_recv() {
///         text.push_str(word); // Or write it to a file.
///     }
///     text
/// });
/// assert!(text.send("to a ").await && text.send("thread").await);
/// assert_eq!(text.finish().await, "to a thread");
/// # }
/// ```
pub fn into_thread<T: Send + 'static, R: Send + 'static>(
    capacity: usize,
    work: impl FnOnce(Receiver<T>) -> R + Send + 'static,
) -> IntoThread<T, R> {
    let (item_tx, item_rx) = channel(capacity);
    let thread = spawn_blocking(move || work(item_rx));
    IntoThread { item_tx, thread }
}

/// The way to a thread. Dropped, it ends the items, and does not wait for the thread.
#[derive(Debug)]
pub struct IntoThread<T, R> {
    item_tx: Sender<T>,
    thread: JoinHandle<R>,
}

impl<T, R> IntoThread<T, R> {
    /// Sends `item` once there is room; `false` when the thread has stopped, and `finish` tells
    /// why. Dropped meanwhile, it loses the item.
    #[must_use = "if the thread has stopped, so should the caller"]
    pub async fn send(&self, item: T) -> bool {
        self.item_tx.send(item).await.is_ok()
    }

    /// Ends the items, and waits for what `work` returns.
    ///
    /// # Panics
    ///
    /// With the panic of `work`.
    pub async fn finish(self) -> R {
        drop(self.item_tx); // Ends the loop of `work`.
        returned(self.thread.await)
    }
}

/// What the thread returned; its panic goes on here.
fn returned<R>(ended: Result<R, JoinError>) -> R {
    ended.unwrap_or_else(|error| {
        let payload = error.try_into_panic();
        resume_unwind(payload.expect("only a runtime that is shut down aborts a blocking thread"))
    })
}
