//! Hands a message to the first of several queues that takes it, and gives it back when none does.
//!
//! `message -> [queue 0] full -> [queue 1] closed -> [queue 2] takes it -> Ok(2)`
//!
//! Use it when several consumers can do the same job, each with a queue of its own, and the sender
//! must not wait. Not when they can share a queue: then the next idle one takes the message. To
//! wait for room: `failover_crossbeam.rs`.
//!
//! - The queues are tried in the order given. Full and closed ones are passed over.
//! - A message that no queue takes comes back. One that a queue has taken goes with its receiver.
//!
//! In short: `examples/failed_send.rs` · Tests: `tests/failover_std.rs`
//! Needs: std only

use std::sync::mpsc::{SyncSender, TrySendError};

/// Returns the index of the queue that took `message`.
///
/// The first queues fill first. To spread the load instead, pass them rotated by one each time
/// (`rotate_left`). A queue of capacity 0 takes a message only while its receiver waits.
///
/// # Errors
///
/// The message, as `Full` when a later call may succeed, since at least one queue is only full, and
/// as `Disconnected` when all are closed or there are none. For `?`: `send_failure.rs`.
///
/// # Example
///
/// ```
/// use std::sync::mpsc::{TrySendError, sync_channel};
/// use errors::failover_std::offer;
///
/// let (first_tx, _first_rx) = sync_channel(1);
/// let (second_tx, _second_rx) = sync_channel(1);
/// let queue_txs = [first_tx, second_tx];
///
/// assert_eq!(offer("a", &queue_txs), Ok(0));
/// assert_eq!(offer("b", &queue_txs), Ok(1));
/// assert_eq!(offer("c", &queue_txs), Err(TrySendError::Full("c")));
/// ```
pub fn offer<T>(mut message: T, queue_txs: &[SyncSender<T>]) -> Result<usize, TrySendError<T>> {
    let mut unsent: fn(T) -> TrySendError<T> = TrySendError::Disconnected;
    for (index, queue_tx) in queue_txs.iter().enumerate() {
        message = match queue_tx.try_send(message) {
            Ok(()) => return Ok(index),
            Err(TrySendError::Disconnected(returned)) => returned,
            Err(TrySendError::Full(returned)) => {
                unsent = TrySendError::Full;
                returned
            }
        };
    }
    Err(unsent(message))
}
