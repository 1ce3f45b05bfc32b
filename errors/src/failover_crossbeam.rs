//! Hands a message to the first of several queues that takes it, waits until a deadline for room in
//! any of them, and gives the message back when there is none.
//!
//! ```text
//!            +-> [queue 0] full: the message comes back, wait for room …
//! message -> +-> [queue 1] closed: it comes back
//!            +-> [queue 2] full: it comes back, wait for room … found here first -> Ok(2)
//! ```
//!
//! Use it when several consumers can do the same job, each with a queue of its own, and the sender
//! may wait for a while. Not when they can share a queue: clone its receiver, and the next idle one
//! takes the message.
//!
//! Variants: [`failover_std`] for the standard library, without a time limit.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | the queues are tried in the order given | `the_first_queue_with_room_takes_it` |
//! | all full | waits for all at the same time, until the deadline | `the_first_queue_to_have_room_takes_it` |
//! | closed queue | is passed over, also when it closes during the wait | `a_queue_that_closes_is_passed_over` |
//! | loss | none here: what a queue has taken goes with its receivers, if they go first | `every_message_is_taken_once_or_comes_back` |
//! | past deadline | takes what room there is, and does not wait | `a_message_that_no_queue_takes_comes_back` |
//!
//! [`failover_std`]: ../failover_std/index.html
//!
//! In short: `examples/failed_send.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::time::Instant;

use crossbeam_channel::{Select, SendError, SendTimeoutError, Sender};

/// Returns the index of the queue that took `message`.
///
/// The first queues fill first. To spread the load instead, pass them rotated by one each time
/// (`rotate_left`). A queue of capacity 0 takes a message only while its receiver waits.
///
/// # Errors
///
/// The message, in [`SendTimeoutError::Timeout`] when the deadline came first, so that a later call
/// may succeed, and in [`SendTimeoutError::Disconnected`] when all queues are closed or there are
/// none.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use crossbeam_channel::{SendTimeoutError, bounded};
/// use errors::failover_crossbeam::offer;
///
/// let (full_tx, full_rx) = bounded(0);
/// let (open_tx, open_rx) = bounded(1);
/// let queue_txs = [full_tx, open_tx];
/// let deadline = Instant::now() + Duration::from_millis(1);
///
/// assert_eq!(offer("a", &queue_txs, deadline), Ok(1));
/// assert_eq!(offer("b", &queue_txs, deadline), Err(SendTimeoutError::Timeout("b")));
///
/// drop((full_rx, open_rx));
/// assert_eq!(offer("b", &queue_txs, deadline), Err(SendTimeoutError::Disconnected("b")));
/// ```
pub fn offer<T>(
    mut message: T,
    queue_txs: &[Sender<T>],
    deadline: Instant,
) -> Result<usize, SendTimeoutError<T>> {
    // Where there is room, this spares the cost of a `Select`.
    for (index, queue_tx) in queue_txs.iter().enumerate() {
        match queue_tx.try_send(message) {
            Ok(()) => return Ok(index),
            Err(error) => message = error.into_inner(),
        }
    }
    let mut select = Select::new();
    for queue_tx in queue_txs {
        select.send(queue_tx);
    }
    // Each turn is the last or takes a closed queue out: after as many turns as there are queues,
    // all are closed.
    for _ in queue_txs {
        let Ok(ready) = select.select_deadline(deadline) else {
            return Err(SendTimeoutError::Timeout(message));
        };
        let index = ready.index();
        match ready.send(&queue_txs[index], message) {
            Ok(()) => return Ok(index),
            // A closed queue is always ready: left in, it would be chosen again.
            Err(SendError(returned)) => {
                message = returned;
                select.remove(index);
            }
        }
    }
    Err(SendTimeoutError::Disconnected(message))
}
