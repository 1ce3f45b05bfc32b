//! What `ticked` promises; but for one test, the ticks come from a channel, and nothing waits:
//! - each tick passes one item, in order: `each_tick_passes_one_item`
//! - the end of the items is the end: `the_end_of_the_items_is_the_end`
//! - a tick is kept for the next item, and of missed ones no more than one:
//!   `the_end_of_the_items_is_the_end`, `of_missed_ticks_one_at_most_is_kept`
//! - a stop comes before an item and before a tick: `a_stop_comes_first`,
//!   `a_stop_before_the_tick_wins`
//! - no item is lost: what was received is passed on or given back: `no_item_is_lost_at_a_stop`
//! - a panic of the work reaches the caller: `a_panic_in_the_work_reaches_the_caller`

use std::thread;
use std::time::Instant;

use crossbeam_channel::{Receiver, Sender, bounded, never, unbounded};
use rate_limit::ticked::{End, pass_on};
use testkit::{Ledger, ROUNDS, panic_of, within};

use super::support::MS;

/// A channel with the numbers up to `end` in it, and nothing to follow.
fn items(end: usize) -> Receiver<usize> {
    let (item_tx, item_rx) = unbounded();
    (0..end).for_each(|n| item_tx.send(n).expect("the receiver is here"));
    item_rx
}

/// A channel with `count` ticks in it.
fn ticks(count: usize) -> (Sender<Instant>, Receiver<Instant>) {
    let (tick_tx, tick_rx) = unbounded();
    (0..count).for_each(|_| tick_tx.send(Instant::now()).expect("the receiver is here"));
    (tick_tx, tick_rx)
}

#[test]
fn each_tick_passes_one_item() {
    within(|| {
        for count in 0..5 {
            let (item_rx, (tick_tx, tick_rx)) = (items(10), ticks(count));
            drop(tick_tx); // No more than these.
            let mut passed = Vec::new();
            let end = pass_on(&item_rx, &tick_rx, &never(), |item| passed.push(item));
            // Item `count` had no tick.
            assert_eq!((end, item_rx.len()), (End::Stopped(Some(count)), 9 - count));
            assert!(passed.into_iter().eq(0..count));
        }
    });
}

#[test]
fn the_end_of_the_items_is_the_end() {
    within(|| {
        for count in 0..5 {
            // One tick more than there are items: it is not used up in waiting for one.
            let (_tick_tx, tick_rx) = ticks(count + 1);
            let mut passed = 0;
            let end = pass_on(&items(count), &tick_rx, &never(), |_| passed += 1);
            assert_eq!((end, passed, tick_rx.len()), (End::Finished, count, 1));
        }
    });
}

#[test]
#[cfg(not(modelled))] // Ticks come in real time.
fn of_missed_ticks_one_at_most_is_kept() {
    within(|| {
        let tick_rx = crossbeam_channel::tick(2 * MS);
        // A stall. Nobody ever sends to this channel: a wait and no synchronisation.
        assert!(never::<()>().recv_timeout(20 * MS).is_err());
        let back = Instant::now();
        assert_eq!(pass_on(&items(5), &tick_rx, &never(), drop), End::Finished);
        // Never sooner, under any load; how much later is the system's affair.
        assert!(back.elapsed() >= 8 * MS);
    });
}

#[test]
fn a_stop_comes_first() {
    within(|| {
        // Often: a plain `select!` would choose at random.
        for stop_after in [0, 3].repeat(ROUNDS) {
            let (item_rx, (_tick_tx, tick_rx)) = (items(10), ticks(10));
            let (stop_tx, stop_rx) = bounded(1);
            let mut stop_tx = Some(stop_tx);
            if stop_after == 0 {
                stop_tx.as_ref().unwrap().send(()).unwrap();
            }
            let mut passed = 0;
            let end = pass_on(&item_rx, &tick_rx, &stop_rx, |_| {
                passed += 1;
                if passed == stop_after {
                    stop_tx = None; // That its sender is gone is a stop, too.
                }
            });
            assert_eq!((end, passed), (End::Stopped(None), stop_after));
            assert_eq!((item_rx.len(), tick_rx.len()), (10 - passed, 10 - passed));
        }
    });
}

#[test]
#[cfg(not(modelled))] // There, others may go on between its looks at the stop and at the tick.
fn a_stop_before_the_tick_wins() {
    within(|| {
        let stops_won = (0..ROUNDS).filter(|_| {
            let ((item_tx, item_rx), (stop_tx, stop_rx)) = (bounded(0), bounded(1));
            let (tick_tx, tick_rx) = bounded(1);
            thread::scope(|scope| {
                let passing = scope.spawn(|| pass_on(&item_rx, &tick_rx, &stop_rx, |_: u32| ()));
                // As a rule, it sleeps after that. When it wakes with the item, both are there.
                assert!(never::<()>().recv_timeout(MS).is_err());
                item_tx.send(7).unwrap();
                stop_tx.send(()).unwrap();
                tick_tx.send(Instant::now()).unwrap();
                passing.join().unwrap() == End::Stopped(Some(7))
            })
        });
        assert!(stops_won.count() > ROUNDS / 2);
    });
}

/// A tick, an item or the stop may come first.
#[test]
fn no_item_is_lost_at_a_stop() {
    within(|| {
        for _ in 0..ROUNDS {
            let ledger = Ledger::default();
            let ((item_tx, item_rx), (tick_tx, tick_rx)) = (bounded(1), bounded(1));
            let (stop_tx, stop_rx) = bounded(1);
            let seen = thread::scope(|scope| {
                scope.spawn(|| (0..3).for_each(|n| item_tx.send(ledger.item(n)).unwrap()));
                scope.spawn(|| {
                    (0..2).for_each(|_| tick_tx.send(Instant::now()).unwrap());
                    drop(stop_tx);
                });
                let mut seen = Vec::new();
                let end = pass_on(&item_rx, &tick_rx, &stop_rx, |item| seen.push(item));
                assert!(seen.len() <= 2, "one for each tick");
                let End::Stopped(given_back) = end else {
                    panic!("three items need three ticks")
                };
                seen.extend(given_back);
                let rest = 3 - seen.len();
                seen.extend(item_rx.iter().take(rest));
                seen
            });
            assert!(seen.iter().map(|item| item.number).eq(0..3));
        }
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let (item_rx, (_tick_tx, tick_rx)) = (items(10), ticks(10));
        let work = |item| assert!(item != 3, "item 3 is bad");
        let message = panic_of(|| pass_on(&item_rx, &tick_rx, &never(), work));
        assert_eq!(message, "item 3 is bad");
        // Only that one is lost.
        assert!(item_rx.try_iter().eq(4..10));
    });
}
