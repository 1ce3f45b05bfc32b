//! Receives items in batches: by size, by time, and the rest at the end.
//!
//! ```text
//! producers -> [items, bounded] -> batches of at most `max`, at most `linger` old -> consumer
//! ```
//!
//! Use it when a consumer does many items at once for little more than one: rows of a transaction,
//! lines of a write, records of a request. Not in a loop that waits for other things too, and not
//! to send items on in batches: that is [`batcher`].
//!
//! Variants: [`async-tokio/mpsc`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is in one batch | `the_batches_are_the_items` |
//! | order | that of the channel | `the_batches_are_the_items` |
//! | by size | a batch has 1 to `max` items, and is handed over as soon as it has `max` | `a_full_batch_does_not_wait` |
//! | by time | once its first item was taken `linger` ago, a batch waits for nothing more; items already in the channel still come along, up to `max` | `a_partial_batch_does_not_wait_for_the_producer`, `a_steady_producer_does_not_hold_a_batch_back` |
//! | at the end | what is left is the last batch | `the_rest_comes_at_the_end` |
//! | memory | one allocation for each batch, none for an item | `a_batch_is_one_allocation` |
//! | full queue | up to the channel: a bounded one makes the producers wait | `a_consumer_that_stops_early_ends_the_producer` |
//! | loss | only when the consumer stops early: the items still in the channel | `a_consumer_that_stops_early_ends_the_producer` |
//! | a producer panics | what it sent arrives; the panic is for whoever joins it | `a_producer_that_panics_loses_nothing_it_sent` |
//! | ends | all senders are dropped -> last batch -> end | `a_hundred_rounds_end` |
//!
//! With crossbeam-channel, replace the `use` of `Receiver`; nothing else changes. Several consumers
//! can then each take batches from a clone of the receiver.
//!
//! [`batcher`]: ../batcher/index.html
//! [`async-tokio/mpsc`]: ../../async_tokio/mpsc/index.html
//!
//! In short: `examples/batches_by_size.rs`
//!
//! Needs: std only

use std::iter;
use std::num::NonZeroUsize;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

/// The items of `item_rx`, in batches of at most `max`, which wait at most `linger` for more.
///
/// The time counts from when the first item of a batch is taken from the channel. An item that
/// arrives while the consumer is busy with the previous batch waits in the channel for that long
/// too. With `Duration::ZERO` a batch is what is there; with `Duration::MAX` all batches but the
/// last are full. `now` is `Instant::now`, or a clock that a test moves.
///
/// Each batch is allocated at once, with room for `max` items.
///
/// # Panics
///
/// When `max` items are more than `isize::MAX` bytes.
///
/// # Example
///
/// ```
/// use std::{num::NonZeroUsize, sync::mpsc::sync_channel, thread, time::{Duration, Instant}};
/// use complex_data::batched::batches;
///
/// let max = NonZeroUsize::new(100).unwrap();
/// let (item_tx, item_rx) = sync_channel(1_000);
/// thread::scope(|scope| {
///     scope.spawn(move || (0..250).try_for_each(|n| item_tx.send(n)));
///     let mut received = Vec::new();
///     for batch in batches(item_rx, max, Duration::from_millis(50), Instant::now) {
///         assert!(batch.len() <= 100);
///         received.extend(batch);
///     }
///     assert!(received.into_iter().eq(0..250));
/// });
/// ```
pub fn batches<T>(
    item_rx: Receiver<T>,
    max: NonZeroUsize,
    linger: Duration,
    mut now: impl FnMut() -> Instant,
) -> impl Iterator<Item = Vec<T>> {
    iter::from_fn(move || next_batch(&item_rx, max.get(), linger, &mut now))
}

fn next_batch<T>(
    item_rx: &Receiver<T>,
    max: usize,
    linger: Duration,
    now: &mut impl FnMut() -> Instant,
) -> Option<Vec<T>> {
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
        // The receive alone would not do: when its time is up, it still tries once more, and with a
        // steady producer it gets an item each time.
        let Some(left) = linger.checked_sub(now() - taken_at) else {
            return Some(batch);
        };
        match item_rx.recv_timeout(left) {
            Ok(item) => batch.push(item),
            // The time is up, or the items have ended: the next call sees that.
            Err(_) => return Some(batch),
        }
    }
}
