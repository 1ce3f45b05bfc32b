//! What `unordered` and `std_only` promise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Barrier, Mutex, mpsc};

use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

use super::super::support::one_at_a_time;
use super::pattern::fan_out;

proptest! {
    #[test]
    fn every_item_yields_its_result_once(
        items in prop::collection::vec(any::<u32>(), 0..200),
        workers in 1_usize..5,
        capacity in 0_usize..4,
    ) {
        let square = |n: u32| u64::from(n) * u64::from(n);
        let mut serial: Vec<u64> = items.iter().copied().map(square).collect();
        let mut parallel: Vec<u64> = within(move || {
            fan_out(items.into_iter(), count(workers), capacity, square, |results| results.collect())
        });
        serial.sort_unstable();
        parallel.sort_unstable();
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
            1,
            |_| barrier.wait(),
            |results| results.count(),
        );
        assert_eq!(met, 400);
    });
}

#[test]
fn a_slow_item_is_overtaken() {
    within(|| {
        let (go_tx, go_rx) = mpsc::channel::<()>();
        let go_rx = Mutex::new(go_rx);
        let work = |item| {
            if item == "slow" {
                go_rx.lock().unwrap().recv().unwrap();
            }
            item
        };
        let arrived: Vec<&str> =
            fan_out(["slow", "fast"].into_iter(), count(2), 1, work, |results| {
                let first = results.next().unwrap();
                go_tx.send(()).unwrap();
                [first].into_iter().chain(results).collect()
            });
        assert_eq!(arrived, ["fast", "slow"]);
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_caller() {
    within(|| {
        for (workers, capacity) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let items = lead.limited(2_000, 2 * capacity + workers + 2);
            fan_out(
                items,
                count(workers),
                capacity,
                |n| n,
                |results| results.for_each(|_| lead.take()),
            );
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let items = ledger.items();
            let taken = fan_out(
                items,
                count(3),
                capacity,
                |item| item,
                |results| results.take(5).count(),
            );
            assert_eq!(taken, 5);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_caller_that_stops_early_ends_a_slow_input() {
    within(|| {
        for panics in [false, true] {
            let mut asked = 0;
            let items = one_at_a_time(&mut asked);
            let fan_in = |results: &mut dyn Iterator<Item = _>| {
                drop(results.next());
                assert!(!panics, "the caller's own");
            };
            let run = || fan_out(items, count(3), 0, |item| item, fan_in);
            assert_eq!(catch_unwind(AssertUnwindSafe(run)).is_err(), panics);
            // The second item is gone when its worker finds that the caller has stopped. The third
            // may have been asked for by then.
            assert!(asked <= 3, "asked for {asked} items");
        }
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let work = |item: Tracked| assert!(item.number != 20, "item 20 is bad");
        // The input has no end: a caller that waited for the rest would wait for ever.
        let message =
            panic_of(|| fan_out(ledger.items(), count(3), 2, work, |results| results.count()));
        assert_eq!(message, "item 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let message = panic_of(|| fan_out(items, count(3), 2, |n| n, |results| results.count()));
        assert_eq!(message, "no more input");
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
                2,
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
            let results = fan_out(0..items, count(3), 1, |n| n, |results| results.count());
            assert_eq!(results, items);
        }
    });
}
