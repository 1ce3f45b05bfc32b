//! Work, a periodic tick and an idle limit in one loop, on one thread.
//!
//! ```text
//! [items] --+
//! schedule -+-> item, tick or idle, one after the other
//! idle     -+
//! ```
//!
//! Use it when a worker has something to do at regular times (report, flush, ping), or when silence
//! means something. Not when the whole must end in time: an idle limit starts anew with each item
//! and is no deadline.
//!
//! It waits for the items until the tick or the idle limit is due, whichever is sooner: no timer
//! thread, no timer channel, nothing allocated. crossbeam's `tick` counts the next period from the
//! moment at which a select took the last tick, so that every delay adds up; here tick number n is
//! due n periods after the start.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is yielded once, in order | `items_come_once_and_in_order` |
//! | no drift | ticks are due at the start + n periods, however late each is seen | `ticks_keep_to_the_schedule` |
//! | missed ticks | one comes late, the others are skipped: no burst | `missed_ticks_come_as_one` |
//! | steady work | puts off no tick: one that is due comes before the next item | `steady_work_does_not_put_off_ticks` |
//! | slow ticks | hold up no item for longer than one of them takes, nor the idle limit | `ticks_that_take_long_starve_nothing` |
//! | idle limit | starts anew with each item, not with a tick; the caller's work does not count | `the_idle_limit_starts_anew_with_each_item`, `ticks_do_not_put_off_the_idle_limit`, `work_that_takes_long_is_not_idle` |
//! | idle | comes once for each limit that passes | `silence_is_told_again_and_again` |
//! | loss | only when the caller drops the iterator: what is queued then is never received, and is dropped with the last sender at the latest | `a_caller_that_stops_ends_the_producer`, `what_is_queued_at_a_stop_goes_with_the_last_sender` |
//! | ends | the senders are gone and all was yielded; a tick that is due comes before, and none after | `it_ends_with_the_senders`, `a_hundred_loops_end` |
//!
//! In short: `examples/tick_and_work.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::iter;
use std::time::{Duration, Instant};

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

/// Yields the items of `item_rx`, a tick for each `period` from now on, and `Idle` when no item has
/// come for `idle_limit`. `next` waits for whichever comes first.
///
/// `now` is the clock: `Instant::now`, or a test's own. It is asked once for each item, which costs
/// about 25 ns. A limit or period of `Duration::MAX` is never reached.
///
/// # Panics
///
/// When `period` is zero.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use crossbeam_channel::bounded;
/// use select_shutdown::ticker::{Event, events};
///
/// let (item_tx, item_rx) = bounded(1);
/// item_tx.send("hello").unwrap();
///
/// let mut items = Vec::new();
/// let (period, idle_limit) = (Duration::from_millis(2), Duration::from_millis(9));
/// for event in events(item_rx, period, idle_limit, Instant::now) {
///     match event {
///         Event::Item(item) => items.push(item),
///         Event::Tick(_) => {} // Say how far it is.
///         Event::Idle => break, // `item_tx` is still here.
///     }
/// }
/// assert_eq!(items, ["hello"]);
/// ```
pub fn events<T>(
    item_rx: Receiver<T>,
    period: Duration,
    idle_limit: Duration,
    mut now: impl FnMut() -> Instant,
) -> impl Iterator<Item = Event<T>> {
    assert!(!period.is_zero(), "a period is longer than nothing");
    // `None` is never: beyond what an `Instant` can hold.
    let mut tick_at = now().checked_add(period);
    let mut idle_at = None;
    let mut busy = true; // The idle limit starts when the caller asks for what comes next.
    let mut ticked = false;
    iter::from_fn(move || {
        // Not two ticks in a row while there are items: a caller whose ticks take longer than a
        // period would get nothing else.
        let mut tick_first = !ticked;
        ticked = false;
        let mut time = now();
        if busy {
            idle_at = time.checked_add(idle_limit);
            busy = false;
        }
        loop {
            if let Some(due) = tick_at.filter(|&due| tick_first && due <= time) {
                ticked = true;
                tick_at = next_tick(due, period, time);
                return Some(Event::Tick(due));
            }
            tick_first = true;
            // Takes what is queued, also when the time is over.
            let received = match [tick_at, idle_at].into_iter().flatten().min() {
                Some(deadline) => item_rx.recv_deadline(deadline),
                None => item_rx.recv().map_err(RecvTimeoutError::from),
            };
            match received {
                Ok(item) => {
                    busy = true;
                    return Some(Event::Item(item));
                }
                Err(RecvTimeoutError::Disconnected) => return None,
                Err(RecvTimeoutError::Timeout) => time = now(),
            }
            if idle_at.is_some_and(|due| due <= time) {
                busy = true;
                return Some(Event::Idle);
            }
        }
    })
    .fuse() // Or else a tick could come after the end.
}

/// The first tick after `time`, a whole number of periods after `due`.
fn next_tick(due: Instant, period: Duration, time: Instant) -> Option<Instant> {
    let since = (time - due).as_nanos() % period.as_nanos();
    let since = u64::try_from(since).expect("no process has run for 584 years");
    time.checked_add(period)?
        .checked_sub(Duration::from_nanos(since))
}
