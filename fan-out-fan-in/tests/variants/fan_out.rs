//! - each item gives one result: `every_item_gives_one_result`
//! - the input is never far ahead: `the_input_is_never_far_ahead_of_the_caller`
//! - a caller that stops early stops all threads, and the input is not polled again:
//!   `a_caller_that_stops_early_stops_everything`, `a_caller_that_stops_early_ends_a_slow_input`
//! - panics reach the caller: `a_panic_in_the_work_reaches_the_caller`,
//!   `a_panic_in_the_input_reaches_the_caller`, `a_panic_in_a_drop_reaches_the_caller`
//! - but not one that has stopped: `a_panic_after_the_caller_has_stopped_is_lost`
//! - a panic of the caller stops all threads: `a_panic_in_the_caller_stops_everything`
//! - no worker, or no thread left, is a panic: `no_worker_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::sync::mpsc;
use std::thread;

use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, Tracked, panic_of, within};

use super::{ahead, fan_out};

/// The results of `items`, as they come.
fn all<T: Send, R: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    thread::scope(|scope| fan_out(scope, items, 3, capacity, work).collect())
}

proptest! {
    #[test]
    fn every_item_gives_one_result(
        items in prop::collection::vec(any::<u32>(), 0..200),
        workers in 1_usize..5,
        capacity in 0_usize..4,
    ) {
        let square = |n| u64::from(n) * u64::from(n);
        let mut serial: Vec<u64> = items.iter().map(|&n| square(n)).collect();
        let mut parallel: Vec<u64> = within(move || {
            thread::scope(|scope| fan_out(scope, items, workers, capacity, square).collect())
        });
        serial.sort_unstable();
        parallel.sort_unstable();
        prop_assert_eq!(parallel, serial);
    }
}

#[test]
fn the_input_is_never_far_ahead_of_the_caller() {
    within(|| {
        for (workers, capacity) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let items = lead.limited(MANY, ahead(workers, capacity) + 1);
            thread::scope(|scope| {
                for _ in fan_out(scope, items, workers, capacity, |n| n) {
                    lead.take();
                }
            });
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            thread::scope(|scope| {
                let results = fan_out(scope, ledger.items(), 3, capacity, |item| item);
                assert_eq!(results.take(5).count(), 5);
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_caller_that_stops_early_ends_a_slow_input() {
    within(|| {
        // Each item comes when the one before it is gone.
        let mut polls = 0;
        let mut before: Option<mpsc::Receiver<()>> = None;
        let items = std::iter::from_fn(|| {
            polls += 1;
            before.take().map(|gone_rx| gone_rx.recv());
            let (item, gone_rx) = mpsc::channel();
            before = Some(gone_rx);
            Some(item)
        });
        thread::scope(|scope| drop(fan_out(scope, items, 3, 0, |item| item).next()));
        // The second item is gone when its worker finds that the caller has stopped. The third may
        // have been polled by then.
        assert!(polls <= 3, "polled {polls} times");
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let work = |item: Tracked| assert!(item.number != 20, "item 20 is bad");
        // The input has no end: a caller that waited for the rest would wait forever.
        assert_eq!(panic_of(|| all(ledger.items(), 2, work)), "item 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        assert_eq!(panic_of(|| all(items, 2, |n| n)), "no more input");
    });
}

/// An input, or a part of the work.
struct Bad;

impl Iterator for Bad {
    type Item = ();

    fn next(&mut self) -> Option<()> {
        None
    }
}

impl Drop for Bad {
    fn drop(&mut self) {
        panic!("cannot be dropped");
    }
}

#[test]
fn a_panic_in_a_drop_reaches_the_caller() {
    within(|| {
        assert_eq!(panic_of(|| all(Bad, 1, |()| ())), "cannot be dropped");
        let bad = Bad;
        let work = move |()| _ = &bad;
        assert_eq!(panic_of(|| all([(); 3], 1, work)), "cannot be dropped");
    });
}

#[test]
fn a_panic_after_the_caller_has_stopped_is_lost() {
    within(|| {
        let first = thread::scope(|scope| {
            let bad = Bad;
            let items = [1].into_iter().chain(std::iter::repeat_with(move || {
                let _bad = &bad;
                2
            }));
            fan_out(scope, items, 1, 1, |n| n).next()
        });
        assert_eq!(first, Some(1));
    });
}

#[test]
fn a_panic_in_the_caller_stops_everything() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let _results = fan_out(scope, ledger.items(), 3, 2, |item| item);
                panic!("the caller's own");
            })
        });
        assert_eq!(message, "the caller's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn no_worker_is_refused() {
    let message = panic_of(|| thread::scope(|scope| fan_out(scope, [1], 0, 1, |n| n).count()));
    assert_eq!(message, "there must be a worker");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        let ledger = Ledger::default();
        let (_silent_tx, silent_rx) = mpsc::channel();
        let items = silent_rx.into_iter().chain(ledger.items());
        let message = panic_of(|| all(items, 0, |item| item));
        assert!(message.starts_with("the system has a thread left"));
        ledger.assert_all_dropped();
    }
}
