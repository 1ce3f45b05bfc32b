//! Receives from a bounded queue in batches, and stops without losing a message that was accepted.
//!
//! ```text
//! tasks -> [bounded] -> up to `limit` at a time -> task
//!             ^
//!            stop: closed to new messages, then emptied
//! ```
//!
//! Use it when many tasks send and one writes to a file, a socket or a database, where ten messages
//! at once cost little more than one. Not between plain threads: a std or crossbeam channel needs
//! no runtime there; with a thread at one end, see [`bridge`].
//!
//! Variants: [`complex-data/batched`] and [`multi-producer/merge`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | batches | whatever waits, up to `limit`; never empty before the end, and never waiting for more | `a_batch_is_what_waits_up_to_the_limit` |
//! | order | that of each sender | `each_sender_keeps_its_order` |
//! | full queue | senders wait, in turn | `a_full_queue_makes_senders_wait` |
//! | stop | heard even when the queue is never empty; later sends give their message back | `a_queue_that_is_never_empty_can_be_stopped` |
//! | permits | a place reserved before the stop is waited for | `a_place_reserved_before_the_stop_is_waited_for` |
//! | loss | none while the receiver lives: received + given back = sent | `what_was_accepted_before_the_stop_is_received` |
//! | cancelled | at any moment: nothing is lost, the next call goes on | `a_cancelled_wait_loses_nothing` |
//! | ends | last sender gone, or stop -> the queue is emptied -> 0 | `a_hundred_queues_end` |
//!
//! [`bridge`]: ../bridge/index.html
//! [`complex-data/batched`]: ../../complex_data/batched/index.html
//! [`multi-producer/merge`]: ../../multi_producer/merge/index.html
//!
//! In short: `examples/an_async_channel.rs`
//!
//! Needs: tokio 1 (features macros, sync)

use std::future::Future;
use std::num::NonZeroUsize;

use tokio::sync::mpsc::Receiver;

/// Waits for messages, puts those that are there into `batch`, at most `limit`, and returns how
/// many; 0 in the end: all senders are gone, or `stop` has completed, and the queue is empty.
///
/// What `batch` still holds is dropped first. The same vector serves each batch, so that none is
/// allocated.
///
/// Once `stop` completes the queue is closed: it accepts no more, and what is in it still comes. A
/// [`Permit`](https://docs.rs/tokio/1/tokio/sync/mpsc/struct.Permit.html) that was given out before is waited for.
///
/// # Panics
///
/// With the panic of `stop`.
///
/// # Example
///
/// ```
/// use std::{future::Future, num::NonZeroUsize, pin::pin};
/// use async_tokio::mpsc::next_batch;
/// use tokio::sync::mpsc::{Receiver, channel};
///
/// async fn write(mut line_rx: Receiver<u32>, stop: impl Future<Output = ()>) -> Vec<u32> {
///     let (mut stop, limit) = (pin!(stop), NonZeroUsize::new(64).unwrap());
///     let (mut batch, mut file) = (Vec::new(), Vec::new());
///     while next_batch(&mut line_rx, &mut batch, limit, &mut stop).await > 0 {
///         file.append(&mut batch); // Write it.
///     }
///     file
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (line_tx, line_rx) = channel(16);
/// let writer = tokio::spawn(write(line_rx, std::future::pending()));
/// for number in 0..3 {
///     line_tx.send(number).await?;
/// }
/// drop(line_tx); // The writer ends with the last sender, or when told to stop.
/// assert_eq!(writer.await?, [0, 1, 2]);
/// # Ok(())
/// # }
/// ```
pub async fn next_batch<T>(
    message_rx: &mut Receiver<T>,
    batch: &mut Vec<T>,
    limit: NonZeroUsize,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> usize {
    batch.clear();
    tokio::select! {
        // Stop comes first, so that a queue that is never empty cannot hide it. Once the queue is
        // closed it is left out: a future that has completed must not be polled again.
        biased;
        () = stop, if !message_rx.is_closed() => message_rx.close(),
        // Cancel safe: where stop wins, no message has been taken.
        received = message_rx.recv_many(batch, limit.get()) => return received,
    }
    message_rx.recv_many(batch, limit.get()).await
}
