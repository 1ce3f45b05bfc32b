//! Receives from a bounded queue in batches, and stops without losing a message that was accepted.
//!
//! `tasks -> [bounded] -> up to limit at a time -> task`
//!
//! Use it when many tasks send, and one writes to a file, a socket or a database, where ten
//! messages at once cost little more than one. With a thread at one end: `bridge.rs`. Between
//! threads: `../complex-data/src/batched.rs`.
//!
//! - A batch is what waits, up to `limit`: it never waits for more, and is empty only at the end.
//! - A full queue makes senders wait, in turn. Each sender's messages keep their order.
//! - A stop is heard even when the queue is never empty. What was accepted before still comes, and
//!   what is sent later is given back to its sender.
//! - Dropped at any moment, it loses nothing: the next call goes on.
//!
//! In short: `examples/an_async_channel.rs` · Tests: `tests/mpsc.rs`
//! Needs: tokio 1.44.2 (features macros, sync)

use std::future::Future;

use tokio::sync::mpsc::Receiver;

/// Waits for messages, puts those that are there into `batch`, at most `limit`, and returns how
/// many: 0 at the end, when the queue is empty, and all senders are gone or `stop` has completed.
///
/// What `batch` still holds is dropped first, so that one vector serves all batches.
///
/// Once `stop` completes, the queue accepts no more. It still waits for a place that a
/// sender has reserved, until that is used or dropped.
///
/// # Panics
///
/// When `limit` is 0, and with the panic of `stop`.
///
/// # Example
///
/// ```
/// use async_tokio::mpsc::next_batch;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (line_tx, mut line_rx) = tokio::sync::mpsc::channel(16);
/// let writer = tokio::spawn(async move {
///     let (mut batch, mut file) = (Vec::new(), Vec::new());
///     let mut stop = std::future::pending(); // Or `pin!(token.cancelled())`.
///     while next_batch(&mut line_rx, &mut batch, 64, &mut stop).await > 0 {
///         file.append(&mut batch); // Write it.
///     }
///     file
/// });
/// for number in 0..3 {
///     line_tx.send(number).await?;
/// }
/// drop(line_tx); // The writer ends with the last sender.
/// assert_eq!(writer.await?, [0, 1, 2]);
/// # Ok(())
/// # }
/// ```
pub async fn next_batch<T>(
    message_rx: &mut Receiver<T>,
    batch: &mut Vec<T>,
    limit: usize,
    stop: &mut (impl Future<Output = ()> + Unpin),
) -> usize {
    assert!(limit > 0, "a batch has room for a message");
    batch.clear();
    tokio::select! {
        // Stop comes first, so that a queue that is never empty cannot hide it. Once the queue is
        // closed it is left out: a future that has completed must not be polled again.
        biased;
        () = stop, if !message_rx.is_closed() => message_rx.close(),
        // Cancel safe: if stop wins, no message has been taken.
        received = message_rx.recv_many(batch, limit) => return received,
    }
    message_rx.recv_many(batch, limit).await
}
