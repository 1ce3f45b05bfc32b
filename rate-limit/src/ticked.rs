//! Passes items on, one at each tick of crossbeam's `tick`, until they end or a stop comes.
//!
//! items, ticks, stop -> one thread -> work(item)
//!
//! Use it when items must stay a period apart, even after a stall, and a stop must be seen at once;
//! not when the mean must be kept: a tick that is taken late moves all that follow, by some 100 µs
//! each (10 % at 1,000 a second). `paced.rs` does that.
//!
//! - Each tick passes one item, in the order in which they come.
//! - Of missed ticks one is kept, so that an item that comes after a pause goes at once; the others
//!   are gone. Two ticks are never taken less than a period apart; a `work` that starts late is
//!   closer to the next.
//! - A stop comes before any item or tick that is ready. An item that waits for its tick is given
//!   back, the others stay in the channel.
//! - A panic of the work reaches the caller: `work` is called on its thread.
//!
//! In short: `examples/crossbeam_tick.rs` · Tests: `tests/ticked.rs`
//! Needs: crossbeam-channel 0.5.17

use std::time::Instant;

use crossbeam_channel::{Receiver, select_biased};

/// Calls `work` on this thread with items from `item_rx`, one for each message from `tick_rx`.
///
/// For the ticks there is `crossbeam_channel::tick(period)`, whose first tick comes after a period;
/// tests can send ticks of their own. A message in `stop_rx`, or the loss of its senders, ends the
/// wait for an item or a tick, but not a call of `work`. Use `crossbeam_channel::never()` where
/// nothing stops it.
///
/// # Panics
///
/// With the panic of `work`. The item is lost.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use crossbeam_channel::{bounded, never, tick};
/// use rate_limit::ticked::{End, pass_on};
///
/// let (item_tx, item_rx) = bounded(3);
/// for item in ["a", "b", "c"] {
///     item_tx.send(item).unwrap();
/// }
/// drop(item_tx); // The items end here.
/// let mut passed = Vec::new();
/// let tick_rx = tick(Duration::from_millis(2));
/// let end = pass_on(&item_rx, &tick_rx, &never(), |item| passed.push(item));
/// assert_eq!((end, passed), (End::Finished, vec!["a", "b", "c"]));
/// ```
pub fn pass_on<T>(
    item_rx: &Receiver<T>,
    tick_rx: &Receiver<Instant>,
    stop_rx: &Receiver<()>,
    mut work: impl FnMut(T),
) -> End<T> {
    loop {
        // First the item, then the tick. The other way round, a tick taken before a pause and the
        // next one would pass two items at once after it.
        let item = select_biased! {
            recv(stop_rx) -> _ => return End::Stopped(None),
            recv(item_rx) -> item => match item {
                Ok(item) => item,
                Err(_) => return End::Finished,
            },
        };
        select_biased! {
            recv(stop_rx) -> _ => return End::Stopped(Some(item)),
            recv(tick_rx) -> tick => if tick.is_err() {
                return End::Stopped(Some(item));
            },
        }
        work(item);
    }
}

/// Why no more items are passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End<T> {
    /// All items are through.
    Finished,
    /// A stop came, or there are no more ticks. Holds the item that was waiting for its tick.
    Stopped(Option<T>),
}
