//! Merges two queues into one, so that no message is lost at whatever moment the future is dropped.
//!
//! ```text
//! [input] -+
//!          +-> a place first, then the message -> [output]
//! [input] -+
//! ```
//!
//! Use it when a task moves messages on and may be stopped by a `select!`, a timeout or an abort.
//! Where nobody stops it, `recv` and `send` do. Between plain threads, crossbeam's `select!` waits
//! for several channels, and nothing is cancelled there.
//!
//! A future in `select!` that does not win is dropped where it stands: at an `await`. So whatever
//! is held across an `await` must be safe to drop. A permit is, a message is not: hence `reserve`,
//! which yields a place, and `Permit::send`, which does not wait.
//!
//! Variants: [`select-shutdown/select`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each message arrives once | `every_message_arrives_once` |
//! | order | that of each input, none between them | `every_message_arrives_once` |
//! | fair | an input that is never empty does not starve the other | `a_busy_input_does_not_starve_the_other` |
//! | full output | waits, with no message in hand | `a_full_output_leaves_the_messages_in_their_input` |
//! | loss | none that the output had not accepted: the rest is still in its input | `a_receiver_that_goes_leaves_the_rest` |
//! | output gone | no message is taken for it | `no_message_is_taken_for_an_output_that_has_gone` |
//! | cancelled | at any moment: nothing is lost, and a later call goes on | `a_merge_cancelled_at_every_step_loses_nothing` |
//! | ends | both inputs ended, and the output has room -> `Ok`; output gone -> `Err` at once, even while no message comes | `a_receiver_that_goes_is_noticed_while_nothing_comes` |
//!
//! [`select-shutdown/select`]: ../../select_shutdown/select/index.html
//!
//! In short: `examples/select_in_a_loop.rs`
//!
//! Needs: tokio 1 (features macros, sync)

use std::error::Error;
use std::fmt;

use tokio::sync::mpsc::{Receiver, Sender};

/// Moves the messages of both inputs to `output_tx` until both have ended.
///
/// To stop it, drop the future: put it into `select!` beside the signal. The receivers are
/// borrowed, so that what is in them is still there, and can be received or merged later.
///
/// While it waits for a message it holds a place of the output: where others send there as well,
/// the output needs a place more than there are merges, or they wait for one that stands idle. It
/// needs a place, too, to see that the inputs have ended: receive from the output meanwhile.
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
///
/// tokio::select! {
///     merged = merge(&mut key_rx, &mut click_rx, &event_tx) => merged?,
///     _ = tokio::signal::ctrl_c() => {} // Whatever has not arrived is still in its input.
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
        // Neither pattern matches any more; without this, `select!` would panic. It is never
        // reached beside a branch that stays pending, such as `closed()`: hence a `select!` of its
        // own.
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
