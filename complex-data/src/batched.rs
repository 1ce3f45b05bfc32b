//! Receives items in batches: by size, by time, and the rest at the end.
//!
//! `producers -> [items] -> batches of at most max items, at most linger old -> consumer`
//!
//! Use it when many items cost a consumer little more than one: rows of a transaction, lines of a
//! write. In a loop that also waits for other things, or to send items on in batches: `batcher.rs`.
//! For tasks: `../async-tokio/src/mpsc.rs`.
//!
//! - Each item is in one batch, in the order of the channel.
//! - A batch has 1 to `max` items, and comes as soon as it has `max`.
//! - When `linger` has passed since its first item, it takes what the channel holds, and waits no
//!   longer.
//! - What is left at the end is the last batch. A producer that panics loses nothing it sent.
//! - A consumer that drops the iterator drops the receiver, and what is in the channel.
//!
//! With crossbeam-channel, replace the `use` of `Receiver`; several consumers can then each take
//! batches from a clone of it.
//!
//! In short: `examples/batches_by_size.rs` · Tests: `tests/batched.rs`
//! Needs: std only

use std::iter;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// The items of `item_rx`, in batches of at most `max`, which wait at most `linger` for more.
///
/// The time counts from when the first item of a batch is taken from the channel. An item that
/// arrives while the consumer is busy with the previous batch waits in the channel for that long
/// too. With `Duration::ZERO` a batch is what is there; with `Duration::MAX` all batches but the
/// last are full. `now` is `Instant::now`, or a clock that a test moves.
///
/// Memory for `max` items is taken for each batch, at once; where memory cannot hold them, that
/// panics or aborts.
///
/// # Panics
///
/// When `max` is 0.
///
/// # Example
///
/// ```
/// use std::{sync::mpsc::sync_channel, thread, time::{Duration, Instant}};
/// use complex_data::batched::batches;
///
/// let (item_tx, item_rx) = sync_channel(1_000);
/// thread::spawn(move || (0..250).try_for_each(|n| item_tx.send(n)));
/// let mut received = Vec::new();
/// for batch in batches(item_rx, 100, Duration::from_millis(50), Instant::now) {
///     assert!(batch.len() <= 100);
///     received.extend(batch);
/// }
/// assert!(received.into_iter().eq(0..250));
/// ```
pub fn batches<T>(
    item_rx: Receiver<T>,
    max: usize,
    linger: Duration,
    mut now: impl FnMut() -> Instant,
) -> impl Iterator<Item = Vec<T>> {
    assert!(max > 0, "a batch must have room for an item");
    iter::from_fn(move || {
        let first = item_rx.recv().ok()?;
        let taken_at = now();
        let mut batch = Vec::with_capacity(max);
        batch.push(first);
        loop {
            // What is there costs no wait, and no look at the clock.
            batch.extend(item_rx.try_iter().take(max - batch.len()));
            if batch.len() == max {
                return Some(batch);
            }
            // The receive alone would not do: when its time is up, it still tries once more, and
            // with a steady producer it gets an item each time.
            let Some(left) = linger.checked_sub(now() - taken_at) else {
                return Some(batch);
            };
            match item_rx.recv_timeout(left) {
                Ok(item) => batch.push(item),
                // The time is up, or the items have ended: the next call sees that.
                Err(_) => return Some(batch),
            }
        }
    })
}
