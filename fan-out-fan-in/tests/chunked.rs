//! What `chunked` promises.

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Barrier;

use super::support::one_at_a_time;
use fan_out_fan_in::chunked::fan_out;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

proptest! {
    #[test]
    fn every_item_yields_its_result_once(
        items in prop::collection::vec(any::<u32>(), 0..200),
        workers in 1_usize..5,
        chunk in 1_usize..50,
        capacity in 0_usize..4,
    ) {
        let square = |n: u32| u64::from(n) * u64::from(n);
        let mut serial: Vec<u64> = items.iter().copied().map(square).collect();
        let mut parallel: Vec<u64> = within(move || {
            fan_out(items.into_iter(), count(workers), count(chunk), capacity, square, |results| results.collect())
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
            count(10),
            1,
            |_| barrier.wait(),
            |results| results.count(),
        );
        assert_eq!(met, 400);
    });
}

#[test]
fn a_chunk_keeps_its_order() {
    within(|| {
        let arrived: Vec<usize> = fan_out(
            0..1_000,
            count(3),
            count(7),
            2,
            |n| n,
            |results| results.collect(),
        );
        for chunk in arrived.chunk_by(|a, b| a / 7 == b / 7) {
            assert!(chunk.is_sorted() && chunk[0] % 7 == 0, "{chunk:?}");
        }
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_caller() {
    within(|| {
        for (workers, capacity) in [(1, 0), (1, 1), (2, 0), (3, 2)] {
            let lead = Lead::default();
            let items = lead.limited(20_000, (2 * capacity + workers + 2) * 10);
            let take_all =
                |results: &mut dyn Iterator<Item = usize>| results.for_each(|_| lead.take());
            fan_out(items, count(workers), count(10), capacity, |n| n, take_all);
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let five = |results: &mut dyn Iterator<Item = Tracked>| results.take(5).count();
            let taken = fan_out(
                ledger.items(),
                count(3),
                count(3),
                capacity,
                |item| item,
                five,
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
            let run = || fan_out(items, count(3), count(1), 0, |item| item, fan_in);
            assert_eq!(catch_unwind(AssertUnwindSafe(run)).is_err(), panics);
            // The second item is gone when its worker finds that the caller has stopped. The third
            // may have been asked for by then.
            assert!(asked <= 3, "asked for {asked} items");
        }
    });
}

#[test]
fn an_input_that_has_ended_is_not_asked_again() {
    within(|| {
        for items in [0, 1, 5, 6] {
            let mut answers = vec![None; 1];
            answers.extend((0..items).map(Some));
            let input = iter::from_fn(|| answers.pop().expect("it has ended"));
            let results = fan_out(
                input,
                count(2),
                count(3),
                1,
                |n| n,
                |results| results.count(),
            );
            assert_eq!(results, items);
        }
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let work = |item: Tracked| assert!(item.number != 20, "item 20 is bad");
        // The input has no end: a caller that waited for the rest would wait for ever.
        let message = panic_of(|| {
            fan_out(ledger.items(), count(3), count(3), 2, work, |results| {
                results.count()
            })
        });
        assert_eq!(message, "item 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let message = panic_of(|| {
            fan_out(
                items,
                count(3),
                count(3),
                2,
                |n| n,
                |results| results.count(),
            )
        });
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
            let results = fan_out(
                0..items,
                count(3),
                count(3),
                1,
                |n| n,
                |results| results.count(),
            );
            assert_eq!(results, items);
        }
    });
}
