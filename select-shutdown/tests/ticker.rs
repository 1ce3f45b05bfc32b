//! What `ticker` promises:
//! - each item is yielded once, in order: `items_come_once_and_in_order`
//! - ticks keep to the schedule, before the next item, late ones skipped:
//!   `ticks_keep_to_the_schedule`
//! - an item comes between two ticks: `ticks_that_take_long_starve_nothing`
//! - the idle limit starts anew with each item, and when it has passed:
//!   `the_idle_limit_starts_anew_with_each_item`
//! - ticks do not put it off: `ticks_do_not_put_off_the_idle_limit`
//! - it ends with the senders: `it_ends_with_the_senders`
//! - a caller that stops ends the producer: `a_caller_that_stops_ends_the_producer`
//! - a period of zero is a panic: `a_period_of_zero_is_refused`

use std::cell::Cell;
use std::rc::Rc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded, unbounded};
use proptest::prelude::*;
use select_shutdown::ticker::{Event, events};
use testkit::{Ledger, MANY, panic_of, within};

const MS: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::MAX;

/// A clock that the test moves, and each look at it by `step`.
#[derive(Clone)]
pub(crate) struct Clock {
    time: Rc<Cell<Instant>>,
    step: Duration,
}

impl Clock {
    /// It starts in the past, so that a wait until one of its times is over at once.
    pub(crate) fn new(step: Duration) -> Self {
        let now = Instant::now();
        let start = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
        Self {
            time: Rc::new(Cell::new(start)),
            step,
        }
    }

    pub(crate) fn time(&self) -> Instant {
        self.time.get()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.time.set(self.time.get() + by);
    }

    pub(crate) fn now(&self) -> impl FnMut() -> Instant + use<> {
        let clock = self.clone();
        move || clock.time.replace(clock.time() + clock.step)
    }
}

/// A source with `count` numbers and no sender.
fn source(count: u32) -> Receiver<u32> {
    let (item_tx, item_rx) = unbounded();
    let sent = (0..count).try_for_each(|n| item_tx.send(n));
    sent.expect("there is room for all");
    item_rx
}

#[test]
fn items_come_once_and_in_order() {
    within(|| {
        for capacity in 0..3 {
            let (item_tx, item_rx) = bounded(capacity);
            thread::scope(|scope| {
                scope.spawn(move || (0..MANY).try_for_each(|n| item_tx.send(n)));
                // The real clock, with many ticks and much idleness in between.
                let events = events(item_rx, MS / 100, MS / 100, Instant::now);
                let items = events.filter_map(|event| match event {
                    Event::Item(item) => Some(item),
                    Event::Tick(_) | Event::Idle => None,
                });
                assert!(items.eq(0..MANY));
            });
        }
    });
}

proptest! {
    /// Each item takes as long as it says, in milliseconds.
    #[test]
    fn ticks_keep_to_the_schedule(
        delays in prop::collection::vec(0_u32..40, 0..60),
        period in 1_u32..20,
    ) {
        let clock = Clock::new(Duration::ZERO);
        let (start, period) = (clock.time(), period * MS);
        let (mut next, mut items) = (1, 0);
        let item_rx = source(u32::try_from(delays.len()).unwrap());
        for event in events(item_rx, period, NEVER, clock.now()) {
            let passed = clock.time() - start;
            match event {
                Event::Item(n) => {
                    // No tick is due that has not been told.
                    prop_assert!(passed < period * next);
                    items += 1;
                    clock.advance(delays[n as usize] * MS);
                }
                Event::Tick(due) => {
                    prop_assert_eq!(due - start, period * next);
                    while period * next <= passed {
                        next += 1;
                    }
                }
                Event::Idle => prop_assert!(false, "there is no limit"),
            }
        }
        prop_assert_eq!(items, delays.len());
    }
}

#[test]
fn ticks_that_take_long_starve_nothing() {
    within(|| {
        let clock = Clock::new(Duration::ZERO);
        let (item_tx, item_rx) = bounded(3);
        (0..3).try_for_each(|n| item_tx.send(n)).unwrap();
        let mut events = events(item_rx, 10 * MS, 60 * MS, clock.now());
        clock.advance(10 * MS);
        for n in 0..3 {
            assert!(matches!(events.next(), Some(Event::Tick(_))));
            clock.advance(25 * MS); // The next tick is due by now.
            assert_eq!(events.next(), Some(Event::Item(n)));
        }
        let mut rest = events.inspect(|_| clock.advance(25 * MS)).take(9);
        assert!(rest.any(|event| event == Event::Idle));
    });
}

#[test]
fn the_idle_limit_starts_anew_with_each_item() {
    within(|| {
        let clock = Clock::new(MS);
        let (item_tx, item_rx) = bounded(1);
        let mut events = events(item_rx, NEVER, 50 * MS, clock.now());
        for n in 0..3 {
            item_tx.send(n).unwrap();
            assert_eq!(events.next(), Some(Event::Item(n)));
            clock.advance(500 * MS); // The caller's work is no idleness.
        }
        // And once more when it has passed.
        for _ in 0..3 {
            let asked = clock.time();
            assert_eq!(events.next(), Some(Event::Idle));
            assert_eq!(clock.time() - asked, 51 * MS); // The first look that shows it.
        }
        item_tx.send(3).unwrap();
        assert_eq!(events.next(), Some(Event::Item(3)));
    });
}

#[test]
fn ticks_do_not_put_off_the_idle_limit() {
    within(|| {
        let clock = Clock::new(MS);
        let (_item_tx, item_rx) = bounded::<u32>(1);
        let events = events(item_rx, 2 * MS, 9 * MS, clock.now()).take(100);
        let ticks = events.take_while(|event| *event != Event::Idle).count();
        assert!((1..9).contains(&ticks), "{ticks}");
    });
}

#[test]
fn it_ends_with_the_senders() {
    within(|| {
        for count in [0, 3] {
            let events = events(source(count), NEVER, NEVER, Instant::now);
            assert_eq!(events.count(), count as usize);
        }
        // While it waits without any limit.
        let (item_tx, item_rx) = bounded::<u32>(0);
        thread::scope(|scope| {
            scope.spawn(|| drop(item_tx));
            assert_eq!(events(item_rx, NEVER, NEVER, Instant::now).next(), None);
        });
        // A tick that is due comes before, and none comes after.
        let clock = Clock::new(Duration::ZERO);
        let mut events = events(source(0), MS, NEVER, clock.now());
        clock.advance(MS);
        assert_eq!(events.next(), Some(Event::Tick(clock.time())));
        assert_eq!(events.next(), None);
        clock.advance(MS);
        assert_eq!(events.next(), None);
    });
}

#[test]
fn a_caller_that_stops_ends_the_producer() {
    within(|| {
        for capacity in 0..3 {
            let ledger = Ledger::default();
            let (item_tx, item_rx) = bounded(capacity);
            thread::scope(|scope| {
                let mut items = ledger.items();
                scope.spawn(move || items.try_for_each(|item| item_tx.send(item)));
                let events = events(item_rx, NEVER, NEVER, Instant::now);
                assert_eq!(events.take(9).count(), 9);
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_period_of_zero_is_refused() {
    let message = panic_of(|| events(source(0), Duration::ZERO, NEVER, Instant::now).count());
    assert_eq!(message, "the period must not be zero");
}
