//! What `stream` promises.

use std::sync::{Barrier, mpsc};

use super::support::take_all;
use basic_channel::stream::stream;
use proptest::prelude::*;
use testkit::{Lead, Ledger, outcome, panic_of, within};

/// The first `take` of the items, as far as they go, and the message of the panic met on the way.
fn taken(take: usize, items: &mut dyn Iterator<Item = usize>) -> (Vec<usize>, Option<String>) {
    let mut taken = Vec::new();
    let end = outcome(|| items.take(take).for_each(|n| taken.push(n)));
    (taken, end.err())
}

proptest! {
    #[test]
    fn a_stream_looks_like_a_loop(
        length in 0_usize..50,
        bad in prop::option::of(0_usize..50),
        take in 0_usize..60,
        capacity in 0_usize..4,
    ) {
        let items = move || (0..length).inspect(move |&n| assert!(Some(n) != bad, "item {n} is bad"));
        let looped = taken(take, &mut items());
        let (streamed, end) = within(move || {
            let mut streamed = None;
            let consume = |received: &mut dyn Iterator<Item = usize>| streamed = Some(taken(take, received));
            let end = outcome(|| stream(capacity, items(), consume));
            (streamed, end)
        });
        prop_assert_eq!(streamed, Some(looped));
        if end.is_err() {
            // Not taken, but made: within the distance that the producer may be ahead.
            prop_assert!(bad.is_some_and(|bad| (take..=take + capacity).contains(&bad)));
        }
    }
}

#[test]
fn both_sides_work_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(2);
        let items = (0..100).inspect(|_| {
            barrier.wait();
        });
        // Each item is finished only when the consumer, too, is at work: on the one before.
        stream(1, items, |received| {
            for n in 0..100 {
                barrier.wait();
                assert_eq!(received.next(), Some(n));
            }
            assert_eq!(received.next(), None);
        });
    });
}

#[test]
fn an_item_does_not_wait_for_the_next() {
    within(|| {
        for capacity in [0, 1, 7] {
            let (item_tx, item_rx) = mpsc::channel();
            stream(capacity, item_rx, |received| {
                for n in 0..100 {
                    item_tx.send(n).unwrap();
                    assert_eq!(received.next(), Some(n));
                }
                drop(item_tx);
                assert_eq!(received.next(), None);
            });
        }
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_consumer() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let lead = Lead::default();
            let items = lead.limited(2_000, capacity + 1);
            let taken = stream(capacity, items, |received| take_all(&lead, received));
            assert_eq!(taken, 2_000);
        }
    });
}

#[test]
fn the_producer_goes_ahead_as_far_as_it_may() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let (made_tx, made_rx) = mpsc::channel();
            let items = (0..).inspect(|&n| made_tx.send(n).unwrap());
            stream(capacity, items, |received| {
                // The first is in nobody's way; each further one has the room that was left by one
                // that was taken.
                assert!(made_rx.iter().take(capacity).eq(0..capacity));
                for n in 0..100 {
                    assert_eq!(made_rx.recv(), Ok(n + capacity));
                    assert_eq!(received.next(), Some(n));
                }
            });
        }
    });
}

#[test]
fn a_consumer_that_stops_early_ends_an_endless_input() {
    within(|| {
        for capacity in 0..4 {
            for take in [0, 1, 5] {
                let ledger = Ledger::default();
                let numbers: Vec<usize> = stream(capacity, ledger.items(), |received| {
                    received.take(take).map(|item| item.number).collect()
                });
                assert!(numbers.into_iter().eq(0..take));
                ledger.assert_all_dropped();
            }
        }
    });
}

#[test]
fn a_panic_in_the_input_comes_in_its_turn() {
    within(|| {
        for capacity in [0, 1, 50] {
            let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
            let mut arrived = 0;
            let message = panic_of(|| {
                stream(capacity, items, |received| {
                    received.for_each(|_| arrived += 1);
                    panic!("taken for the end");
                });
            });
            assert_eq!((message.as_str(), arrived), ("no more input", 20));
        }
    });
}

#[test]
fn a_panic_in_the_end_of_the_input_is_no_end() {
    /// An input that fails to clean up.
    struct Items(std::ops::Range<usize>);

    impl Iterator for Items {
        type Item = usize;
        fn next(&mut self) -> Option<usize> {
            self.0.next()
        }
    }

    impl Drop for Items {
        fn drop(&mut self) {
            panic!("cannot close the input");
        }
    }

    within(|| {
        let mut arrived = 0;
        let message = panic_of(|| {
            stream(1, Items(0..20), |received| {
                received.for_each(|_| arrived += 1);
                panic!("taken for the end");
            });
        });
        assert_eq!((message.as_str(), arrived), ("cannot close the input", 20));
    });
}

#[test]
fn a_panic_that_the_consumer_does_not_wait_for_reaches_the_caller() {
    within(|| {
        let (end_tx, end_rx) = mpsc::channel::<()>();
        // The panic drops `end_tx`.
        let items = (0..).inspect(move |&n| {
            let _end_tx = &end_tx;
            assert!(n < 3, "no more input");
        });
        let message = panic_of(|| stream(5, items, |_| end_rx.recv().unwrap_err()));
        assert_eq!(message, "no more input");
    });
}

#[test]
fn a_panic_in_the_consumer_ends_the_producer() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            stream(2, ledger.items(), |received| {
                received.next();
                panic!("the consumer's own")
            })
        });
        assert_eq!(message, "the consumer's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            assert_eq!(stream(1, 0..round, |received| received.count()), round);
        }
    });
}
