//! Hands a message to the first of several queues that takes it, and waits for room in any of them.
//!
//! `message -> [queue 0] full, [queue 1] closed, [queue 2] full … first to have room -> Ok(2)`
//!
//! Use it when several consumers can do the same job, each with a queue of its own, and the sender
//! may wait for a while. Not when they can share a queue: clone its receiver, and the next idle one
//! takes the message. Without waiting, and without a dependency: `failover_std.rs`.
//!
//! - The queues are tried in the order given. When all are full, it waits for all at the same time.
//! - Closed queues are passed over, also those that close during the wait.
//! - A message that no queue takes comes back. One that a queue has taken goes with its receivers.
//!
//! In short: `examples/failed_send.rs` · Tests: `tests/failover_crossbeam.rs`
//! Needs: crossbeam-channel 0.5.17

use std::time::{Duration, Instant};

use crossbeam_channel::{Select, SendError, SendTimeoutError, Sender};

/// Returns the index of the queue that took `message`, within `limit` from now.
///
/// See [`offer_until`]. The limit may be `Duration::ZERO`, not to wait, or `Duration::MAX`.
///
/// # Errors
///
/// As in [`offer_until`].
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use crossbeam_channel::{SendTimeoutError, bounded};
/// use errors::failover_crossbeam::offer_within;
///
/// let (full_tx, _full_rx) = bounded(0);
/// let (open_tx, _open_rx) = bounded(1);
/// let queue_txs = [full_tx, open_tx];
/// let limit = Duration::from_millis(1);
///
/// assert_eq!(offer_within("a", &queue_txs, limit), Ok(1));
/// assert_eq!(offer_within("b", &queue_txs, limit), Err(SendTimeoutError::Timeout("b")));
/// ```
pub fn offer_within<T>(
    message: T,
    queue_txs: &[Sender<T>],
    limit: Duration,
) -> Result<usize, SendTimeoutError<T>> {
    // Some clocks end in a few decades.
    let deadline = Instant::now() + limit.min(Duration::from_secs(1 << 30));
    offer_until(message, queue_txs, deadline)
}

/// Returns the index of the queue that took `message`, before `deadline`.
///
/// The first queues fill first. To spread the load instead, pass them rotated by one each time
/// (`rotate_left`). A queue of capacity 0 takes a message only while its receiver waits.
///
/// # Errors
///
/// The message, as `Timeout` when the deadline came first, so that a later call may succeed, and as
/// `Disconnected` when all queues are closed or there are none. For `?`: `send_failure.rs`.
pub fn offer_until<T>(
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
