//! Merges two queues into one, and loses no message, at whatever moment the future is dropped.
//!
//! `inputs -> a place in the output first, then the message -> [output]`
//!
//! Use it when a task moves messages on, and a `select!`, a timeout or an abort may stop it.
//! Otherwise `recv` and `send` do. Between threads: `../select-shutdown/src/select.rs`.
//!
//! A future in `select!` that does not win is dropped where it stands: at an `.await`. Whatever is
//! held across an `.await` must be safe to drop. A permit is, a message is not: hence `reserve`,
//! which yields a place, and `Permit::send`, which does not wait.
//!
//! - Each message arrives once, in the order of its input. A busy input does not starve the other.
//! - A full output makes it wait, with no message in hand.
//! - What the output has not accepted is still in its input, also when the output is gone.
//! - It ends when both inputs have ended, and at once when the output is gone.
//!
//! In short: `examples/select_in_a_loop.rs` · Tests: `tests/select.rs`
//! Needs: tokio 1.44.2 (features macros, sync)

use std::error::Error;
use std::fmt;

use tokio::sync::mpsc::{Receiver, Sender};

/// Moves the messages of both inputs to `output_tx` until both have ended.
///
/// To stop it, drop the future. What is left can be received or merged later.
///
/// While it waits for a message it holds a place of the output: if others send there as well, the
/// output needs a place more than there are merges. It needs a place, too, to see that the inputs
/// have ended: receive from the output meanwhile.
///
/// # Errors
///
/// When the receiver of the output is gone or closed. No message is taken after that.
///
/// # Example
///
/// ```
/// use async_tokio::select::merge;
/// use tokio::sync::mpsc::channel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let ((key_tx, mut key_rx), (click_tx, mut click_rx)) = (channel(4), channel(4));
/// let (event_tx, mut event_rx) = channel(4);
/// key_tx.send("key").await?;
/// drop((key_tx, click_tx)); // Both inputs end.
/// tokio::select! {
///     merged = merge(&mut key_rx, &mut click_rx, &event_tx) => merged?,
///     _ = tokio::signal::ctrl_c() => {} // What has not arrived is still in its input.
/// }
/// assert_eq!(event_rx.recv().await, Some("key"));
/// # Ok(())
/// # }
/// ```
pub async fn merge<T>(
    one_rx: &mut Receiver<T>,
    other_rx: &mut Receiver<T>,
    output_tx: &Sender<T>,
) -> Result<(), OutputGone> {
    loop {
        let permit = output_tx.reserve().await.map_err(|_| OutputGone)?;
        let message = tokio::select! {
            // Seen first, so that no message is taken for an output that has gone.
            biased;
            () = output_tx.closed() => return Err(OutputGone),
            message = next(one_rx, other_rx) => message,
        };
        let Some(message) = message else {
            return Ok(());
        };
        permit.send(message);
    }
}

/// The next message of either input; `None` once both have ended.
///
/// Not biased: `select!` begins with a branch at random, so that none starves.
async fn next<T>(one_rx: &mut Receiver<T>, other_rx: &mut Receiver<T>) -> Option<T> {
    tokio::select! {
        Some(message) = one_rx.recv() => Some(message),
        Some(message) = other_rx.recv() => Some(message),
        // No pattern matches any more; without this, `select!` would panic. It is not reached
        // beside a branch that stays pending, such as `closed()`: hence a `select!` of its own.
        else => None,
    }
}

/// The receiver of the output is gone or closed: what is left stays in the inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGone;

impl fmt::Display for OutputGone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the receiver of the output is gone")
    }
}

impl Error for OutputGone {}
