//! What `select` promises.

use std::thread;

use crossbeam_channel::{bounded, unbounded};
use proptest::prelude::*;
use select_shutdown::select::{Event, receive_either};
use testkit::{Ledger, within};

proptest! {
    #[test]
    fn every_item_of_both_is_yielded_once(
        lefts in prop::collection::vec(any::<u32>(), 0..50),
        rights in prop::collection::vec("[a-z]{0,3}", 0..50),
        capacity in 0_usize..4,
    ) {
        let (left_tx, left_rx) = bounded(capacity);
        let (right_tx, right_rx) = bounded(capacity);
        let (sent_lefts, sent_rights) = (lefts.clone(), rights.clone());
        let events: Vec<_> = within(move || {
            thread::scope(|scope| {
                scope.spawn(move || sent_lefts.into_iter().try_for_each(|item| left_tx.send(item)));
                scope.spawn(move || sent_rights.into_iter().try_for_each(|item| right_tx.send(item)));
                receive_either(left_rx, right_rx).collect()
            })
        });
        let (mut got_lefts, mut got_rights, mut left_ends, mut right_ends) = (vec![], vec![], 0, 0);
        for event in events {
            match event {
                Event::Left(item) => {
                    prop_assert_eq!(left_ends, 0);
                    got_lefts.push(item);
                }
                Event::Right(item) => {
                    prop_assert_eq!(right_ends, 0);
                    got_rights.push(item);
                }
                Event::LeftEnded => left_ends += 1,
                Event::RightEnded => right_ends += 1,
            }
        }
        prop_assert_eq!((got_lefts, got_rights), (lefts, rights));
        prop_assert_eq!((left_ends, right_ends), (1, 1));
    }
}

#[test]
fn there_are_as_many_turns_as_items_and_ends() {
    within(|| {
        // Each side in turn ends first, and the other goes on.
        let (left_tx, left_rx) = bounded(1);
        let (right_tx, right_rx) = bounded(1);
        drop(left_tx);
        let mut events = receive_either::<u32, _>(left_rx, right_rx);
        assert_eq!(events.next(), Some(Event::LeftEnded));
        for n in 0..100 {
            right_tx.send(n).unwrap();
            assert_eq!(events.next(), Some(Event::Right(n)));
        }
        drop(right_tx);
        assert_eq!(events.next(), Some(Event::RightEnded));
        assert_eq!((events.next(), events.next()), (None, None));

        let (left_tx, left_rx) = bounded(1);
        let (right_tx, right_rx) = bounded(1);
        drop(right_tx);
        let mut events = receive_either::<_, u32>(left_rx, right_rx);
        assert_eq!(events.next(), Some(Event::RightEnded));
        for n in 0..100 {
            left_tx.send(n).unwrap();
            assert_eq!(events.next(), Some(Event::Left(n)));
        }
        drop(left_tx);
        assert_eq!(events.next(), Some(Event::LeftEnded));
        assert_eq!((events.next(), events.next()), (None, None));
    });
}

#[test]
fn a_source_that_is_always_ready_does_not_starve_the_other() {
    within(|| {
        let (left_tx, left_rx) = bounded(200);
        let (right_tx, right_rx) = bounded(200);
        for n in 0..200 {
            left_tx.send(n).unwrap();
            right_tx.send(n).unwrap();
        }
        // Both have items all the time. That one is never chosen has a chance of 1 in 2 to the 199.
        let events: Vec<_> = receive_either(left_rx, right_rx).take(200).collect();
        let lefts = events
            .iter()
            .filter(|event| matches!(event, Event::Left(_)));
        assert!((1..200).contains(&lefts.count()));
    });
}

#[test]
fn a_caller_that_stops_ends_the_producers() {
    within(|| {
        for capacity in 0..3 {
            let ledger = Ledger::default();
            let (left_tx, left_rx) = bounded(capacity);
            let (right_tx, right_rx) = bounded(capacity);
            thread::scope(|scope| {
                // The input has no end.
                let (mut lefts, mut rights) = (ledger.items(), ledger.items());
                scope.spawn(move || lefts.try_for_each(|item| left_tx.send(item)));
                scope.spawn(move || rights.try_for_each(|item| right_tx.send(item)));
                assert_eq!(receive_either(left_rx, right_rx).take(10).count(), 10);
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn what_is_queued_at_a_stop_goes_with_the_last_sender() {
    within(|| {
        let ledger = Ledger::default();
        let (left_tx, left_rx) = bounded(2);
        let (right_tx, right_rx) = unbounded();
        for (left, right) in ledger.items().zip(ledger.items()).take(2) {
            left_tx.send(left).unwrap();
            right_tx.send(right).unwrap();
        }
        drop(receive_either(left_rx, right_rx));
        // An answer that is due to one of these would not come yet, nor fail.
        assert_eq!(ledger.alive(), 2);
        assert!(left_tx.send(ledger.items().next().unwrap()).is_err());
        drop(left_tx);
        ledger.assert_all_dropped();
        drop(right_tx);
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let (left_tx, left_rx) = bounded(1);
            let (right_tx, right_rx) = bounded(0);
            let turns = thread::scope(|scope| {
                scope.spawn(move || (0..round).try_for_each(|n| left_tx.send(n)));
                scope.spawn(move || (0..round).try_for_each(|n| right_tx.send(n)));
                receive_either(left_rx, right_rx).count()
            });
            assert_eq!(turns, 2 * round + 2);
        }
    });
}
