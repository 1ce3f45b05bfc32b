//! What `back_pressure` promises: where the producer waits for room, the same as `stream`, so these
//! tests are the same; and besides
//! - each item is taken or refused, in order, and one that waits keeps its place:
//!   `each_item_is_taken_or_refused_in_order`
//! - the queue holds exactly `capacity` items, and with one more in hand, `when_full` is called:
//!   `a_full_queue_holds_its_capacity`
//! - what has no room is given back; a rendezvous has none unless the caller waits:
//!   `what_has_no_room_is_given_back`
//! - a caller that stops early stops a producer that never waits, too:
//!   `a_caller_that_stops_early_ends_a_producer_that_never_waits`
//! - a panic of `when_full`, or in its drop, reaches the caller in its turn:
//!   `a_panic_in_when_full_comes_in_its_turn`, `a_panic_in_the_drop_of_when_full_comes_in_its_turn`

use std::sync::mpsc;
use std::thread::{self, Scope};

use basic_channel::back_pressure::stream;
use proptest::prelude::*;
use testkit::{Ledger, outcome, within};

#[path = "variants/stream.rs"]
mod variants;

/// What the tests in `variants` are about.
fn pattern<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    capacity: usize,
) -> impl Iterator<Item = T> + 'scope {
    stream(scope, items, capacity, Some)
}

proptest! {
    #[test]
    fn each_item_is_taken_or_refused_in_order(
        patient in prop::collection::vec(any::<bool>(), 0..200),
        capacity in 0_usize..4,
    ) {
        let (length, mut refused) = (patient.len(), Vec::new());
        let (mut all, refused) = within(move || {
            let wait_or_not = |n: usize| patient[n].then_some(n).or_else(|| {
                refused.push(n);
                None
            });
            let taken: Vec<usize> =
                thread::scope(|scope| stream(scope, 0..length, capacity, wait_or_not).collect());
            (taken, refused)
        });
        prop_assert!(all.is_sorted() && refused.is_sorted());
        all.extend(refused);
        all.sort_unstable();
        prop_assert!(all.into_iter().eq(0..length));
    }
}

#[test]
fn a_full_queue_holds_its_capacity() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let (made_tx, made_rx) = mpsc::channel();
            let items = (0..).inspect(|&n| made_tx.send(n).unwrap());
            let (full_tx, full_rx) = mpsc::channel();
            let wait = |n| {
                full_tx.send(n).unwrap();
                Some(n)
            };
            thread::scope(|scope| {
                let mut received = stream(scope, items, capacity, wait);
                for n in 0..20 {
                    // Nobody takes anything now: the queue is filled, one more is made, and then
                    // there is no room.
                    assert_eq!(full_rx.recv(), Ok(n + capacity));
                    assert_eq!(received.next(), Some(n));
                }
                // Stopped while the producer waits: it makes no more.
                assert_eq!(full_rx.recv(), Ok(20 + capacity));
            });
            drop(made_tx);
            assert!(made_rx.iter().eq(0..=20 + capacity));
        }
    });
}

#[test]
fn what_has_no_room_is_given_back() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let mut refused = Vec::new();
            let (end_tx, end_rx) = mpsc::channel::<()>();
            // The end of the input is the end of `end_tx`.
            let items = (0..20).inspect(move |_| _ = &end_tx);
            let keep = |n| {
                refused.push(n);
                None
            };
            thread::scope(|scope| {
                let received = stream(scope, items, capacity, keep);
                // Nothing is asked for until the producer has come to its end.
                end_rx.recv().unwrap_err();
                assert!(received.eq(0..capacity));
            });
            assert!(refused.into_iter().eq(capacity..20));
        }
    });
}

#[test]
fn a_caller_that_stops_early_ends_a_producer_that_never_waits() {
    within(|| {
        for capacity in 0..3 {
            let ledger = Ledger::default();
            thread::scope(|scope| {
                let received = stream(scope, ledger.items(), capacity, |_| None);
                assert_eq!(received.take(5).count(), 5);
            });
            ledger.assert_all_dropped();
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
        let mut taken = Vec::new();
        let end = thread::scope(|scope| {
            let received = stream(scope, 0.., 3, give_up);
            assert_eq!(full_rx.recv(), Ok(3));
            outcome(|| received.for_each(|n| taken.push(n)))
        });
        assert_eq!((taken, end), (vec![0, 1, 2], Err("no room for 3".into())));
    });
}

#[test]
fn a_panic_in_the_drop_of_when_full_comes_in_its_turn() {
    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot be dropped");
        }
    }

    within(|| {
        let count_with = |bad: Bad| {
            let wait = move |n| {
                let _bad = &bad;
                Some(n)
            };
            outcome(|| thread::scope(|scope| stream(scope, 0..3, 1, wait).count()))
        };
        assert_eq!(count_with(Bad), Err("cannot be dropped".into()));
    });
}
