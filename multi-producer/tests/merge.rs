//! What `merge` promises:
//!
//! - each item arrives once, in the order of its source:
//!   `every_item_arrives_once_in_the_order_of_its_source`
//! - a slow source holds up no other: `a_silent_source_is_overtaken`
//! - the sources are never far ahead: `the_sources_are_never_far_ahead_of_the_caller`
//! - a caller that stops or panics stops all threads, and each source is polled at most once more:
//!   `a_caller_that_stops_early_stops_everything`
//! - a panic of a source comes in its turn, and waits for no other source:
//!   `a_panic_in_a_source_comes_in_its_turn`, `a_panic_in_the_drop_of_a_source_reaches_the_caller`
//! - once the caller has stopped, it is lost: `a_panic_that_the_caller_does_not_come_to_is_lost`
//! - no thread left is a panic, and no source is polled:
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::sync::mpsc;
use std::{iter, thread};

use multi_producer::merge::merge;
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, outcome, panic_of, within};

/// The items of `sources`, as they come.
fn all<T: Send>(
    sources: impl IntoIterator<Item = impl IntoIterator<Item = T> + Send>,
    capacity: usize,
) -> Vec<T> {
    thread::scope(|scope| merge(scope, sources, capacity).collect())
}

proptest! {
    #[test]
    fn every_item_arrives_once_in_the_order_of_its_source(
        sources in vec(vec(any::<u8>(), 0..20), 0..5),
        capacity in 0_usize..4,
    ) {
        let tagged: Vec<Vec<(usize, u8)>> = (0..)
            .zip(&sources)
            .map(|(id, items)| items.iter().map(|&item| (id, item)).collect())
            .collect();
        let mut arrived = vec![Vec::new(); sources.len()];
        for (id, item) in within(move || all(tagged, capacity)) {
            arrived[id].push(item);
        }
        prop_assert_eq!(arrived, sources);
    }
}

#[test]
fn a_silent_source_is_overtaken() {
    within(|| {
        let (slow_tx, slow_rx) = mpsc::channel();
        let (quick_tx, quick_rx) = mpsc::channel();
        thread::scope(|scope| {
            let mut items = merge(scope, [slow_rx, quick_rx], 1);
            for item in ["one", "two", "three"] {
                quick_tx.send(item).unwrap();
                assert_eq!(items.next(), Some(item));
            }
            slow_tx.send("slow").unwrap();
            drop((slow_tx, quick_tx));
            assert!(items.eq(["slow"]));
        });
    });
}

#[test]
fn the_sources_are_never_far_ahead_of_the_caller() {
    within(|| {
        for (sources, capacity) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let source = |_| lead.limited(MANY / sources, capacity + sources + 1);
            thread::scope(|scope| {
                for _ in merge(scope, (0..sources).map(source), capacity) {
                    lead.take();
                }
            });
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for (capacity, panics) in [(0, false), (1, false), (3, false), (2, true)] {
            let ledger = Ledger::default();
            let sources = [ledger.items(), ledger.items(), ledger.items()];
            let ended = outcome(|| {
                thread::scope(|scope| {
                    let mut items = merge(scope, sources, capacity);
                    assert_eq!(items.by_ref().take(5).count(), 5);
                    assert!(!panics, "the caller's own");
                });
            });
            assert_eq!(ended.is_err(), panics);
            ledger.assert_all_dropped();
            // What was taken, what was in the queue, and for each source what was on its way and
            // what it was polled for afterwards.
            assert!(ledger.handed_out() <= 5 + capacity + 3 * 2);
        }
    });
}

#[test]
fn a_panic_in_a_source_comes_in_its_turn() {
    within(|| {
        let ledger = Ledger::default();
        // Neither has an end.
        let sources = [0, 1].map(|id| {
            ledger.items().map(move |item| {
                assert!(id == 0 || item.number != 10, "10 is bad");
                (id, item.number)
            })
        });
        let mut arrived = Vec::new();
        let panics = || thread::scope(|scope| arrived.extend(merge(scope, sources, 2)));
        assert_eq!(panic_of(panics), "10 is bad");
        arrived.retain(|(id, _)| *id == 1);
        assert!(arrived.into_iter().eq((0..10).map(|n| (1, n))));
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_drop_of_a_source_reaches_the_caller() {
    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot close it");
        }
    }

    within(|| {
        let bad = Bad;
        let source = iter::once(1).inspect(move |_| _ = &bad);
        assert_eq!(panic_of(|| all([source], 1)), "cannot close it");
    });
}

#[test]
fn a_panic_that_the_caller_does_not_come_to_is_lost() {
    within(|| {
        for capacity in 0..4 {
            let source = (0..).inspect(|&n| assert!(n < 2, "no more input"));
            let first = thread::scope(|scope| merge(scope, [source], capacity).next());
            assert_eq!(first, Some(0));
        }
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        // Sources that stay silent as long as their senders are here.
        let (_senders, sources): (Vec<mpsc::Sender<()>>, Vec<_>) =
            (0..3).map(|_| mpsc::channel()).unzip();
        let message = panic_of(|| all(sources, 1));
        assert!(message.starts_with("the system has"), "{message}");
    }
}
