//! What both variants of `back_pressure` promise.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;

use proptest::prelude::*;
use testkit::{Lead, Ledger, panic_of, within};

use super::super::support::take_all;
use super::pattern::stream;

proptest! {
    #[test]
    fn each_item_is_taken_or_refused_in_order(
        patient in prop::collection::vec(any::<bool>(), 0..200),
        capacity in 0_usize..4,
    ) {
        let length = patient.len();
        let (taken, refused) = within(move || {
            let mut refused = Vec::new();
            let wait_or_not = |n: usize| {
                if patient[n] {
                    return Some(n);
                }
                refused.push(n);
                None
            };
            let taken: Vec<usize> = stream(capacity, 0..patient.len(), wait_or_not, |received| received.collect());
            (taken, refused)
        });
        prop_assert!(taken.is_sorted() && refused.is_sorted());
        let mut all = [taken, refused].concat();
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..length));
    }
}

#[test]
fn the_input_is_exactly_the_capacity_and_one_ahead() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let made = AtomicUsize::new(0);
            let items = (0..).inspect(|_| {
                made.fetch_add(1, SeqCst);
            });
            let (full_tx, full_rx) = mpsc::channel();
            let wait = |n| {
                full_tx.send(n).unwrap();
                Some(n)
            };
            stream(capacity, items, wait, |received| {
                for n in 0..100 {
                    // Nobody takes anything now: the queue is filled, one more is made, and then
                    // there is no room.
                    assert_eq!(full_rx.recv(), Ok(n + capacity));
                    assert_eq!(made.load(SeqCst), n + capacity + 1);
                    assert_eq!(received.next(), Some(n));
                }
                // Stopped while the producer waits: it makes no more.
                assert_eq!(full_rx.recv(), Ok(100 + capacity));
            });
            assert_eq!(made.into_inner(), 100 + capacity + 1);
        }
    });
}

#[test]
fn the_input_is_never_further_ahead() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let lead = Lead::default();
            let items = lead.limited(2_000, capacity + 1);
            let taken = stream(capacity, items, Some, |received| take_all(&lead, received));
            assert_eq!(taken, 2_000);
        }
    });
}

#[test]
fn a_rendezvous_sends_only_what_is_asked_for() {
    within(|| {
        let mut refused = Vec::new();
        let (end_tx, end_rx) = mpsc::channel::<()>();
        // The end of the input is the end of `end_tx`.
        let items = (0..100).inspect(move |_| _ = &end_tx);
        let keep = |n| {
            refused.push(n);
            None
        };
        stream(0, items, keep, |received| {
            // Nothing is asked for until the producer has come to its end.
            end_rx.recv().unwrap_err();
            assert_eq!(received.next(), None);
        });
        assert!(refused.into_iter().eq(0..100));
    });
}

#[test]
fn what_has_no_room_is_given_back() {
    within(|| {
        // The producer says that it has dealt with an item, and then waits for the next.
        let (ready_tx, ready_rx) = mpsc::channel();
        let (item_tx, item_rx) = mpsc::channel();
        let items = iter::from_fn(move || {
            ready_tx.send(()).unwrap();
            item_rx.recv().ok()
        });
        let mut refused = Vec::new();
        let keep = |n| {
            refused.push(n);
            None
        };
        stream(2, items, keep, |received| {
            ready_rx.recv().unwrap();
            let deal_with = |n| {
                item_tx.send(n).unwrap();
                ready_rx.recv().unwrap();
            };
            (0..5).for_each(deal_with);
            assert_eq!(received.next(), Some(0));
            (5..7).for_each(deal_with);
            assert_eq!(received.next(), Some(1));
            drop(item_tx);
            assert!(received.eq([5]));
        });
        assert_eq!(refused, [2, 3, 4, 6]);
    });
}

#[test]
fn a_consumer_that_stops_early_ends_an_endless_input() {
    within(|| {
        for capacity in 0..4 {
            for when_full in [Some, |_| None] {
                let ledger = Ledger::default();
                let taken = stream(capacity, ledger.items(), when_full, |received| {
                    received.take(5).count()
                });
                assert_eq!(taken, 5);
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
                stream(capacity, items, Some, |received| {
                    received.for_each(|_| arrived += 1);
                    panic!("taken for the end");
                });
            });
            assert_eq!((message.as_str(), arrived), ("no more input", 20));
        }
    });
}

#[test]
fn a_panic_in_when_full_comes_in_its_turn() {
    within(|| {
        let (full_tx, full_rx) = mpsc::channel();
        let give_up = |n| {
            full_tx.send(n).unwrap();
            panic!("no room for {n}")
        };
        let mut arrived = 0;
        let message = panic_of(|| {
            stream(3, 0.., give_up, |received| {
                assert_eq!(full_rx.recv(), Ok(3));
                received.for_each(|_| arrived += 1);
                panic!("taken for the end");
            });
        });
        assert_eq!((message.as_str(), arrived), ("no room for 3", 3));
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
        let message = panic_of(|| stream(5, items, Some, |_| end_rx.recv().unwrap_err()));
        assert_eq!(message, "no more input");
    });
}

#[test]
fn a_panic_in_the_consumer_ends_the_producer() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            stream(2, ledger.items(), Some, |received| {
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
            let taken = stream(1, 0..round, Some, |received| received.count());
            assert_eq!(taken, round);
        }
    });
}
