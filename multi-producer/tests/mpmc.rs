//! What `mpmc` promises.

use std::sync::{Barrier, Mutex, mpsc};
use std::{iter, thread};

use super::support::Source;
use multi_producer::mpmc::share_out;
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

proptest! {
    #[test]
    fn every_message_reaches_one_consumer_in_the_order_of_its_source(
        lengths in vec(0_usize..20, 0..5),
        consumers in 1_usize..5,
        capacity in 0_usize..4,
    ) {
        let tagged = |(source, &length): (usize, &usize)| (0..length).map(move |n| (source, n));
        let all: Vec<(usize, usize)> = (0..).zip(&lengths).flat_map(tagged).collect();
        let shares: Vec<Vec<(usize, usize)>> = within(move || {
            let sources = (0..).zip(&lengths).map(tagged);
            share_out(sources, count(consumers), capacity, |messages| messages.collect())
        });
        prop_assert_eq!(shares.len(), consumers);
        for share in &shares {
            let in_order = |source| share.iter().filter(|message| message.0 == source).is_sorted();
            prop_assert!((0..5).all(in_order), "{:?}", share);
        }
        let mut consumed = shares.concat();
        consumed.sort_unstable();
        prop_assert_eq!(consumed, all);
    }
}

#[test]
fn all_threads_run_at_the_same_time() {
    within(|| {
        let (producers, consumers) = (Barrier::new(2), Barrier::new(3));
        let name = || thread::current().name().unwrap().to_owned();
        let produce = || {
            producers.wait();
            name()
        };
        let sources = (0..2).map(|_| iter::once_with(produce));
        let names = share_out(sources, count(3), 1, |messages| {
            consumers.wait();
            (name(), messages.collect::<Vec<_>>())
        });
        let (consumers, producers): (Vec<_>, Vec<_>) = names.into_iter().unzip();
        let mut producers = producers.concat();
        producers.sort_unstable();
        assert_eq!(producers, ["producer-0", "producer-1"]);
        assert_eq!(consumers, ["consumer-0", "consumer-1", "consumer-2"]);
    });
}

#[test]
fn a_consumer_that_is_held_holds_up_no_other() {
    within(|| {
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        // The first message is done when all others are.
        let work = |n: usize| {
            if n == 0 {
                assert_eq!(done_rx.lock().unwrap().iter().take(19).count(), 19);
            } else {
                done_tx.send(()).unwrap();
            }
        };
        let mut shares = share_out(iter::once(0..20), count(2), 1, |messages| {
            messages.map(work).count()
        });
        shares.sort_unstable();
        assert_eq!(shares, [1, 19]);
    });
}

#[test]
fn the_sources_are_never_far_ahead_of_the_consumers() {
    within(|| {
        for (sources, consumers, capacity) in [(1, 1, 0), (1, 2, 1), (2, 1, 0), (3, 2, 7)] {
            let lead = Lead::default();
            // More than promised: each consumer has one in hand that is not yet counted as taken.
            let source = |_| lead.limited(200, capacity + sources + consumers);
            share_out(
                (0..sources).map(source),
                count(consumers),
                capacity,
                |messages| messages.for_each(|_| lead.take()),
            );
        }
    });
}

#[test]
fn a_consumer_that_stops_leaves_the_rest_to_the_others() {
    within(|| {
        for capacity in 0..4 {
            // Who gets the first message goes.
            let shares = share_out([0..20, 20..40], count(3), capacity, |messages| {
                let mut share = Vec::new();
                for n in messages {
                    share.push(n);
                    if n == 0 {
                        break;
                    }
                }
                share
            });
            let mut consumed = shares.concat();
            consumed.sort_unstable();
            assert!(consumed.into_iter().eq(0..40));
        }
    });
}

#[test]
fn when_all_consumers_stop_the_producers_end() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let sources = [ledger.items(), ledger.items()];
            let taken = share_out(sources, count(3), capacity, |messages| {
                messages.take(5).count()
            });
            assert_eq!(taken, [5, 5, 5]);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_a_source_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let bad = |item: &Tracked| assert!(item.number != 20, "item 20 is bad");
        // The other source has no end: somebody who waited for it would wait for ever.
        let sources: [Source<Tracked>; 2] = [
            Box::new(ledger.items()),
            Box::new(ledger.items().inspect(bad)),
        ];
        let message = panic_of(|| share_out(sources, count(2), 2, |messages| messages.count()));
        assert_eq!(message, "item 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_a_consumer_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        // Exactly one message is bad: the other consumer would go on for ever.
        let sources = [ledger.items()];
        let work = |item: Tracked| assert!(item.number != 20, "message 20 is bad");
        let message = panic_of(|| {
            share_out(sources, count(2), 2, |messages| {
                messages.for_each(work);
            })
        });
        assert_eq!(message, "message 20 is bad");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_between_the_sources_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        // The second source is not there, when the first has been started and has no end.
        let sources = (0..2).map(|id| {
            assert_eq!(id, 0, "no such source");
            ledger.items()
        });
        let message = panic_of(|| share_out(sources, count(2), 2, |messages| messages.count()));
        assert!(message.contains("no such source"), "{message}");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let messages = round % 3;
            let shares = share_out([0..messages, 0..1, 0..0], count(3), 1, |messages| {
                messages.count()
            });
            assert_eq!(shares.iter().sum::<usize>(), messages + 1);
        }
    });
}
