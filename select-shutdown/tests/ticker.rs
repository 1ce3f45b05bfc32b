//! What `ticker` promises.

use std::thread;
use std::time::{Duration, Instant};

use super::support::Clock;
use crossbeam_channel::{Receiver, bounded, unbounded};
use proptest::prelude::*;
use select_shutdown::ticker::{Event, events};
use testkit::{Ledger, panic_of, within};

const MS: Duration = Duration::from_millis(1);
const NEVER: Duration = Duration::MAX;

/// A source with `count` numbers and no sender.
fn source(count: u32) -> Receiver<u32> {
    // Unbounded, since all are sent before any is received.
    let (item_tx, item_rx) = unbounded();
    let sent = (0..count).try_for_each(|n| item_tx.send(n));
    sent.expect("there is a receiver, and room for all");
    item_rx
}

#[test]
fn items_come_once_and_in_order() {
    within(|| {
        for capacity in 0..3 {
            let (item_tx, item_rx) = bounded(capacity);
            let items = thread::scope(|scope| {
                scope.spawn(move || (0..200).try_for_each(|n| item_tx.send(n)));
                // The real clock, with many ticks and much idleness in between.
                let events = events(item_rx, MS / 100, MS / 100, Instant::now);
                let items = events.filter_map(|event| match event {
                    Event::Item(item) => Some(item),
                    Event::Tick(_) | Event::Idle => None,
                });
                items.collect::<Vec<_>>()
            });
            assert!(items.into_iter().eq(0..200));
        }
    });
}

proptest! {
    /// Each item takes as long as it says, in milliseconds.
    #[test]
    fn ticks_keep_to_the_schedule(delays in prop::collection::vec(0_u32..40, 0..60), period in 1_u32..20) {
        let clock = Clock::new(Duration::ZERO);
        let start = clock.time();
        let period = period * MS;
        let item_rx = source(u32::try_from(delays.len()).unwrap());
        let (mut next, mut items) = (1, 0);
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
fn missed_ticks_come_as_one() {
    let clock = Clock::new(Duration::ZERO);
    let start = clock.time();
    let mut events = events(source(2), 10 * MS, NEVER, clock.now());
    assert_eq!(events.next(), Some(Event::Item(0)));
    clock.advance(35 * MS);
    assert_eq!(events.next(), Some(Event::Tick(start + 10 * MS)));
    assert_eq!(events.next(), Some(Event::Item(1)));
    clock.advance(5 * MS);
    assert_eq!(events.next(), Some(Event::Tick(start + 40 * MS)));
    assert_eq!(events.next(), None);
}

#[test]
fn steady_work_does_not_put_off_ticks() {
    let clock = Clock::new(Duration::ZERO);
    let mut ticks = 0;
    for event in events(source(1_000), 10 * MS, NEVER, clock.now()) {
        match event {
            Event::Item(_) => clock.advance(MS),
            Event::Tick(_) => ticks += 1,
            Event::Idle => panic!("there is no limit"),
        }
    }
    assert_eq!(ticks, 100);
}

#[test]
fn the_idle_limit_starts_anew_with_each_item() {
    within(|| {
        let clock = Clock::new(MS);
        let (item_tx, item_rx) = bounded(3);
        (0..3).try_for_each(|n| item_tx.send(n)).unwrap();
        let mut events = events(item_rx, NEVER, 50 * MS, clock.now());
        for n in 0..3 {
            clock.advance(40 * MS);
            assert_eq!(events.next(), Some(Event::Item(n)));
        }
        let last = clock.time();
        assert_eq!(events.next(), Some(Event::Idle));
        assert!(clock.time() - last >= 50 * MS);
    });
}

#[test]
fn ticks_do_not_put_off_the_idle_limit() {
    within(|| {
        let clock = Clock::new(MS);
        let (_item_tx, item_rx) = bounded::<u32>(1);
        let events = events(item_rx, 2 * MS, 9 * MS, clock.now());
        let ticks = events
            .take(100)
            .take_while(|event| *event != Event::Idle)
            .count();
        assert!((1..9).contains(&ticks), "{ticks}");
    });
}

#[test]
fn work_that_takes_long_is_not_idle() {
    within(|| {
        let clock = Clock::new(MS);
        let (item_tx, item_rx) = bounded(2);
        let mut events = events(item_rx, NEVER, 50 * MS, clock.now());
        item_tx.send(1).unwrap();
        assert_eq!(events.next(), Some(Event::Item(1)));
        clock.advance(500 * MS);
        item_tx.send(2).unwrap();
        assert_eq!(events.next(), Some(Event::Item(2)));
        clock.advance(500 * MS);
        let asked = clock.time();
        assert_eq!(events.next(), Some(Event::Idle));
        assert!(clock.time() - asked >= 50 * MS);
    });
}

#[test]
fn silence_is_told_again_and_again() {
    within(|| {
        let clock = Clock::new(MS);
        let start = clock.time();
        let (item_tx, item_rx) = bounded(1);
        let mut events = events(item_rx, NEVER, 50 * MS, clock.now());
        for times in 1..4 {
            assert_eq!(events.next(), Some(Event::Idle));
            assert!(clock.time() - start >= times * 50 * MS);
        }
        item_tx.send(1).unwrap();
        assert_eq!(events.next(), Some(Event::Item(1)));
    });
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
        let rest: Vec<_> = events.inspect(|_| clock.advance(25 * MS)).take(9).collect();
        assert!(rest.contains(&Event::Idle), "{rest:?}");
    });
}

#[test]
fn it_waits_by_the_real_clock() {
    within(|| {
        let start = Instant::now();
        let (_item_tx, item_rx) = bounded::<u32>(1);
        for event in events(item_rx, 2 * MS, 21 * MS, Instant::now) {
            match event {
                Event::Tick(due) => assert!(Instant::now() >= due, "a tick before its time"),
                _ => break,
            }
        }
        assert!(start.elapsed() >= 21 * MS, "idle before its time");
    });
}

#[test]
fn it_ends_with_the_senders() {
    within(|| {
        assert_eq!(events(source(0), NEVER, NEVER, Instant::now).count(), 0);
        assert_eq!(events(source(3), NEVER, NEVER, Instant::now).count(), 3);
        // While it waits without any limit.
        let (item_tx, item_rx) = bounded::<u32>(0);
        thread::scope(|scope| {
            scope.spawn(|| drop(item_tx));
            assert_eq!(events(item_rx, NEVER, NEVER, Instant::now).count(), 0);
        });
        // A tick that is due comes before.
        let clock = Clock::new(Duration::ZERO);
        let mut events = events(source(0), MS, NEVER, clock.now());
        clock.advance(MS);
        assert_eq!(events.next(), Some(Event::Tick(clock.time())));
        assert_eq!((events.next(), events.next()), (None, None));
        // And none comes after it.
        clock.advance(MS);
        assert_eq!(events.next(), None);
    });
}

#[test]
fn a_period_of_zero_is_refused() {
    let message = panic_of(|| events(source(0), Duration::ZERO, NEVER, Instant::now).count());
    assert_eq!(message, "a period is longer than nothing");
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
                assert_eq!(
                    events(item_rx, NEVER, NEVER, Instant::now).take(10).count(),
                    10
                );
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn what_is_queued_at_a_stop_goes_with_the_last_sender() {
    within(|| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = bounded(2);
        let items = ledger.items().take(2);
        items.for_each(|item| item_tx.send(item).unwrap());
        drop(events(item_rx, NEVER, NEVER, Instant::now));
        // An answer that is due to one of these would not come yet, nor fail.
        assert_eq!(ledger.alive(), 2);
        assert!(item_tx.send(ledger.items().next().unwrap()).is_err());
        drop(item_tx);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_loops_end() {
    within(|| {
        for round in 0..100 {
            let (item_tx, item_rx) = bounded(round % 3);
            thread::scope(|scope| {
                scope.spawn(move || (0..round).try_for_each(|n| item_tx.send(n)));
                let events = events(item_rx, MS / 10, MS / 10, Instant::now);
                let items = events.filter(|event| matches!(event, Event::Item(_)));
                assert_eq!(items.count(), round);
            });
        }
    });
}
