//! Hands a message to the first of several queues that takes it, and gives it back when none does.
//!
//! ```text
//!            +-> [queue 0] full: the message comes back
//! message -> +-> [queue 1] closed: it comes back
//!            +-> [queue 2] takes it -> Ok(2)
//! ```
//!
//! Use it when several consumers can do the same job, each with a queue of its own, and the sender
//! must not wait. Not when they can share a queue: then the next idle one takes the message.
//!
//! Variants: [`failover_crossbeam`] for crossbeam-channel, with a time limit.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | the queues are tried in the order given | `the_first_queue_with_room_takes_it` |
//! | full queue | is passed over; when no queue takes it, the message comes back | `a_message_that_no_queue_takes_comes_back` |
//! | closed queue | is passed over; when all are, the message comes back as `Disconnected` | `a_message_that_no_queue_takes_comes_back` |
//! | loss | none here: what a queue has taken goes with its receiver, if that goes first | `every_message_is_taken_once_or_comes_back` |
//! | waits | never | `a_message_that_no_queue_takes_comes_back` |
//!
//! [`failover_crossbeam`]: ../failover_crossbeam/index.html
//!
//! In short: `examples/failed_send.rs`
//!
//! Needs: std only

use std::sync::mpsc::{SyncSender, TrySendError};

/// Returns the index of the queue that took `message`.
///
/// The first queues fill first. To spread the load instead, pass them rotated by one each time
/// (`rotate_left`). A queue of capacity 0 takes a message only while its receiver waits.
///
/// # Errors
///
/// The message, in [`TrySendError::Full`] when at least one queue is only full, so that a later
/// call may succeed, and in [`TrySendError::Disconnected`] when all are closed or there are none.
///
/// # Example
///
/// ```
/// use std::sync::mpsc::{TrySendError, sync_channel};
/// use errors::failover_std::offer;
///
/// let (first_tx, first_rx) = sync_channel(1);
/// let (second_tx, second_rx) = sync_channel(1);
/// let queue_txs = [first_tx, second_tx];
///
/// assert_eq!(offer("a", &queue_txs), Ok(0));
/// assert_eq!(offer("b", &queue_txs), Ok(1));
/// assert_eq!(offer("c", &queue_txs), Err(TrySendError::Full("c")));
///
/// drop((first_rx, second_rx));
/// assert_eq!(offer("c", &queue_txs), Err(TrySendError::Disconnected("c")));
/// ```
pub fn offer<T>(mut message: T, queue_txs: &[SyncSender<T>]) -> Result<usize, TrySendError<T>> {
    let mut all_closed = true;
    for (index, queue_tx) in queue_txs.iter().enumerate() {
        message = match queue_tx.try_send(message) {
            Ok(()) => return Ok(index),
            Err(TrySendError::Full(returned)) => {
                all_closed = false;
                returned
            }
            Err(TrySendError::Disconnected(returned)) => returned,
        };
    }
    Err(if all_closed {
        TrySendError::Disconnected(message)
    } else {
        TrySendError::Full(message)
    })
}
