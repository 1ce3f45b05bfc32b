//! What `merge` promises.

use std::sync::{Barrier, mpsc};
use std::{iter, thread};

use super::support::Source;
use multi_producer::merge::merge;
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, panic_of, within};

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
        let merged: Vec<(usize, u8)> = within(move || {
            merge(tagged.into_iter().map(Vec::into_iter), capacity, |items| items.collect())
        });
        for (id, item) in merged {
            arrived[id].push(item);
        }
        prop_assert_eq!(arrived, sources);
    }
}

#[test]
fn each_source_runs_on_a_thread_of_its_own() {
    within(|| {
        let barrier = Barrier::new(3);
        let name = || {
            barrier.wait();
            thread::current().name().unwrap().to_owned()
        };
        let mut names: Vec<String> = merge((0..3).map(|_| iter::once_with(name)), 1, |names| {
            names.collect()
        });
        names.sort_unstable();
        assert_eq!(names, ["producer-0", "producer-1", "producer-2"]);
    });
}

#[test]
fn a_source_that_waits_is_overtaken() {
    within(|| {
        let (go_tx, go_rx) = mpsc::channel();
        let sources: [Source<&str>; 2] = [
            Box::new(go_rx.into_iter()),
            Box::new(iter::repeat_n("quick", 20)),
        ];
        let arrived: Vec<&str> = merge(sources, 1, |items| {
            let mut arrived: Vec<&str> = items.take(20).collect();
            go_tx.send("slow").unwrap();
            drop(go_tx);
            arrived.extend(items);
            arrived
        });
        assert_eq!(arrived[..20], ["quick"; 20]);
        assert_eq!(arrived[20..], ["slow"]);
    });
}

#[test]
fn the_sources_are_never_far_ahead_of_the_consumer() {
    within(|| {
        for (sources, capacity) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            // One more than promised: it is in the consumer's hand and not yet counted as taken.
            let source = |_| lead.limited(200, capacity + sources + 1);
            merge((0..sources).map(source), capacity, |items| {
                items.for_each(|_| lead.take());
            });
        }
    });
}

#[test]
fn a_consumer_that_stops_early_ends_all_producers() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let sources = [ledger.items(), ledger.items(), ledger.items()];
            let taken = merge(sources, capacity, |items| items.take(5).count());
            assert_eq!(taken, 5);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_a_source_reaches_the_consumer() {
    within(|| {
        // What came before it arrives.
        let mut arrived = Vec::new();
        let source = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let message = panic_of(|| merge([source], 2, |items| items.for_each(|n| arrived.push(n))));
        assert_eq!(message, "no more input");
        assert!(arrived.into_iter().eq(0..20));

        // The other source has no end: a consumer that waited for it would wait for ever.
        let ledger = Ledger::default();
        let bad = |item: &Tracked| assert!(item.number != 20, "item 20 is bad");
        let sources: [Source<Tracked>; 2] = [
            Box::new(ledger.items()),
            Box::new(ledger.items().inspect(bad)),
        ];
        let message = panic_of(|| merge(sources, 2, |items| items.count()));
        assert_eq!(message, "item 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_that_the_consumer_does_not_come_to_is_not_passed_on() {
    within(|| {
        for capacity in 0..4 {
            let source = (0..).inspect(|&n| assert!(n < 2, "no more input"));
            assert_eq!(merge([source], capacity, |items| items.next()), Some(0));
        }
    });
}

#[test]
fn a_panic_in_the_drop_of_a_source_reaches_the_consumer() {
    struct Bad;
    impl Iterator for Bad {
        type Item = ();
        fn next(&mut self) -> Option<()> {
            None
        }
    }
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot close it");
        }
    }
    within(|| {
        let message = panic_of(|| merge([Bad], 1, |items| items.count()));
        assert_eq!(message, "cannot close it");
    });
}

#[test]
fn a_panic_in_the_consumer_ends_all_producers() {
    within(|| {
        let ledger = Ledger::default();
        let sources = [ledger.items(), ledger.items()];
        let message = panic_of(|| merge(sources, 2, |_| panic!("the consumer's own")));
        assert_eq!(message, "the consumer's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let items = round % 3;
            let count = merge([0..items, 0..1, 0..0], 1, |items| items.count());
            assert_eq!(count, items + 1);
        }
    });
}
