//! What `ordered` promises.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Barrier, Mutex, mpsc};

use fan_out_fan_in::ordered::fan_out;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

proptest! {
    #[test]
    fn the_results_are_those_of_a_serial_map(
        items in prop::collection::vec(any::<u32>(), 0..200),
        workers in 1_usize..5,
        window in 1_usize..9,
    ) {
        let square = |n: u32| u64::from(n) * u64::from(n);
        let serial: Vec<u64> = items.iter().copied().map(square).collect();
        let parallel: Vec<u64> = within(move || {
            fan_out(items.into_iter(), count(workers), count(window), square, |results| results.collect())
        });
        prop_assert_eq!(parallel, serial);
    }
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(4);
        let met = fan_out(
            0..400,
            count(4),
            count(4),
            |_| barrier.wait(),
            |results| results.count(),
        );
        assert_eq!(met, 400);
    });
}

#[test]
fn a_slow_item_holds_back_what_is_behind_it() {
    const WINDOW: usize = 8;
    within(|| {
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        // The first item ends when all others that have a place in the window have ended.
        let work = |n| {
            if n == 0 {
                let done: HashSet<usize> =
                    done_rx.lock().unwrap().iter().take(WINDOW - 1).collect();
                assert_eq!(done, (1..WINDOW).collect());
            } else {
                done_tx.send(n).unwrap();
            }
            n
        };
        let arrived: Vec<usize> = fan_out(0..20, count(2), count(WINDOW), work, |results| {
            results.collect()
        });
        assert!(arrived.into_iter().eq(0..20));
    });
}

#[test]
fn a_result_does_not_wait_for_more_input() {
    within(|| {
        let (item_tx, item_rx) = mpsc::channel();
        fan_out(
            item_rx.into_iter(),
            count(2),
            count(8),
            |n| n,
            |results| {
                for n in 0..100 {
                    item_tx.send(n).unwrap();
                    assert_eq!(results.next(), Some(n));
                }
                drop(item_tx);
                assert_eq!(results.next(), None);
            },
        );
    });
}

#[test]
fn the_input_is_never_more_than_the_window_ahead() {
    within(|| {
        for (workers, window) in [(1, 1), (3, 1), (1, 4), (2, 4), (4, 3)] {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let items = lead.limited(500, window + 1);
            fan_out(
                items,
                count(workers),
                count(window),
                |n| n,
                |results| results.for_each(|_| lead.take()),
            );
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for window in 1..5 {
            let ledger = Ledger::default();
            let first = |results: &mut dyn Iterator<Item = Tracked>| {
                results.take(5).map(|item| item.number).collect::<Vec<_>>()
            };
            let taken = fan_out(ledger.items(), count(3), count(window), |item| item, first);
            assert_eq!(taken, [0, 1, 2, 3, 4]);
            ledger.assert_all_dropped();
        }
    });
}

/// Waits for the end of the input when it is dropped.
struct Lingering(mpsc::Receiver<Infallible>);

impl Drop for Lingering {
    fn drop(&mut self) {
        assert!(self.0.recv().is_err());
    }
}

#[test]
fn a_caller_that_stops_early_ends_the_input_first() {
    within(|| {
        let (input_tx, ended_rx) = mpsc::channel();
        let mut lingering = Some(Lingering(ended_rx));
        let items = (0_usize..).map(move |number| {
            let _in_use = &input_tx;
            (number, lingering.take_if(|_| number == 1))
        });
        // The first result comes when the second has: that one is held back, and has to be dropped.
        let (second_tx, second_rx) = mpsc::channel();
        let second_rx = Mutex::new(second_rx);
        let work = |(number, lingering)| {
            match number {
                0 => second_rx.lock().unwrap().recv().unwrap(),
                2 => second_tx.send(()).unwrap(),
                _ => {}
            }
            lingering
        };
        let first = fan_out(items, count(2), count(4), work, |results| {
            results.next().is_some_and(|result| result.is_none())
        });
        assert!(first);
    });
}

#[test]
fn a_panic_in_the_work_comes_in_its_turn() {
    within(|| {
        let ledger = Ledger::default();
        let work = |item: Tracked| assert!(item.number != 20, "item 20 is bad");
        let mut arrived = 0;
        // The input has no end: a caller that waited for the rest would wait for ever.
        let message = panic_of(|| {
            fan_out(ledger.items(), count(3), count(8), work, |results| {
                results.for_each(|()| arrived += 1);
            });
        });
        assert_eq!((message.as_str(), arrived), ("item 20 is bad", 20));
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_input_comes_in_its_turn() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let mut arrived = 0;
        let message = panic_of(|| {
            fan_out(
                items,
                count(3),
                count(8),
                |n| n,
                |results| results.for_each(|_| arrived += 1),
            );
        });
        assert_eq!((message.as_str(), arrived), ("no more input", 20));
    });
}

#[test]
fn a_panic_in_the_caller_stops_everything() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            fan_out(
                ledger.items(),
                count(3),
                count(8),
                |n| n,
                |_| panic!("the caller's own"),
            )
        });
        assert_eq!(message, "the caller's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for items in (0..10).cycle().take(100) {
            let results = fan_out(
                0..items,
                count(3),
                count(1),
                |n| n,
                |results| results.count(),
            );
            assert_eq!(results, items);
        }
    });
}
