//! Items, a tick at regular times, and word of silence, in one loop on one thread.
//!
//! items, schedule, idle limit -> item, tick or idle, one after the other
//!
//! Use it when a worker has something to do at regular times (report, flush, ping), or when silence
//! means something. For a limit of the whole: `../errors/src/deadline.rs`.
//!
//! - Each item is yielded once, in order. It ends when the senders are gone and all was yielded.
//! - Ticks are due at the start + n periods, however late each is seen. (crossbeam's `tick` counts
//!   anew from each tick that is taken.) Of several that are missed, one comes, late.
//! - A tick that is due comes before the next item, and an item between two ticks: neither a flood
//!   of items nor slow ticks starve the other.
//! - The idle limit starts anew with each item, when the caller asks for the next; ticks do not put
//!   it off. `Idle` comes again for each limit that passes.
//! - A caller that drops the iterator ends the producers; what is queued is lost.
//!
//! In short: `examples/tick_and_work.rs` · Tests: `tests/ticker.rs`
//! Needs: crossbeam-channel 0.5.17

use std::time::{Duration, Instant};
use std::{iter, mem};

use crossbeam_channel::{Receiver, RecvTimeoutError};

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event<T> {
    /// The next item.
    Item(T),
    /// A tick, with the time at which it was due.
    Tick(Instant),
    /// No item has come for as long as the idle limit.
    Idle,
}

/// Returns the items of `item_rx`, a tick for each `period` from now on, and `Idle` when no item
/// has come for `idle_limit`. `next` waits for whichever comes first; `Duration::MAX` never passes.
/// `now` is the clock: `Instant::now`, or a test's own, which must go on while real time does.
///
/// # Panics
///
/// When `period` is zero.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use select_shutdown::ticker::{Event, events};
///
/// let (item_tx, item_rx) = crossbeam_channel::bounded(1);
/// item_tx.send("hello").unwrap();
/// for event in events(item_rx, Duration::from_millis(2), Duration::from_millis(9), Instant::now) {
///     match event {
///         Event::Item(item) => println!("{item}"),
///         Event::Tick(_) => println!("still here"),
///         Event::Idle => break, // `item_tx` is still there.
///     }
/// }
/// ```
pub fn events<T>(
    item_rx: Receiver<T>,
    period: Duration,
    idle_limit: Duration,
    mut now: impl FnMut() -> Instant,
) -> impl Iterator<Item = Event<T>> {
    assert!(!period.is_zero(), "the period must not be zero");
    // `None` is never: beyond what an `Instant` can hold.
    let (mut tick_at, mut idle_at, mut ticked) = (now().checked_add(period), None, false);
    let events = iter::from_fn(move || {
        let mut time = now();
        if !ticked {
            idle_at = time.checked_add(idle_limit);
        }
        let mut may_tick = !mem::take(&mut ticked);
        loop {
            if let Some(due) = tick_at.filter(|&due| may_tick && due <= time) {
                ticked = true;
                tick_at = next_tick(due, period, time);
                return Some(Event::Tick(due));
            }
            may_tick = true;
            // Takes what is queued even when the time is over.
            let received = match [tick_at, idle_at].into_iter().flatten().min() {
                Some(deadline) => item_rx.recv_deadline(deadline),
                None => item_rx.recv().map_err(RecvTimeoutError::from),
            };
            match received {
                Ok(item) => return Some(Event::Item(item)),
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => time = now(),
            }
            if idle_at.is_some_and(|due| due <= time) {
                return Some(Event::Idle);
            }
        }
    });
    events.fuse() // Or a tick could come after the end.
}

/// The first tick after `time`, a whole number of periods after `due`.
fn next_tick(due: Instant, period: Duration, time: Instant) -> Option<Instant> {
    let late = u64::try_from((time - due).as_nanos() % period.as_nanos()).ok()?;
    time.checked_add(period)?
        .checked_sub(Duration::from_nanos(late))
}
