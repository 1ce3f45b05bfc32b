//! What `select` promises:
//! - each item is yielded once, in order, and each end: `every_item_and_each_end_is_yielded_once`
//! - neither source starves the other: `a_source_that_is_always_ready_does_not_starve_the_other`
//! - a caller that stops ends the producers: `a_caller_that_stops_ends_the_producers`

use std::thread;

use crossbeam_channel::{bounded, unbounded};
use proptest::prelude::*;
use select_shutdown::select::{Event, receive_either};
use testkit::{Ledger, within};

proptest! {
    #[test]
    fn every_item_and_each_end_is_yielded_once(
        lefts in prop::collection::vec(any::<u32>(), 0..50),
        rights in prop::collection::vec("[a-z]{0,3}", 0..50),
        capacity in 0_usize..4,
    ) {
        let (left_tx, left_rx) = bounded(capacity);
        let (right_tx, right_rx) = bounded(capacity);
        let sent = (lefts.clone(), rights.clone());
        let events: Vec<_> = within(move || {
            thread::scope(|scope| {
                scope.spawn(move || sent.0.into_iter().try_for_each(|item| left_tx.send(item)));
                scope.spawn(move || sent.1.into_iter().try_for_each(|item| right_tx.send(item)));
                receive_either(left_rx, right_rx).collect()
            })
        });
        let (mut got_lefts, mut got_rights) = (vec![], vec![]);
        for event in events {
            match event {
                Event::Left(item) => got_lefts.push(Some(item)),
                Event::Right(item) => got_rights.push(Some(item)),
                Event::LeftEnded => got_lefts.push(None),
                Event::RightEnded => got_rights.push(None),
            }
        }
        // Each end once, and last.
        prop_assert!(got_lefts.into_iter().eq(lefts.into_iter().map(Some).chain([None])));
        prop_assert!(got_rights.into_iter().eq(rights.into_iter().map(Some).chain([None])));
    }
}

#[test]
fn a_source_that_is_always_ready_does_not_starve_the_other() {
    within(|| {
        let ((left_tx, left_rx), (right_tx, right_rx)) = (unbounded(), unbounded());
        for n in 0..200 {
            left_tx.send(n).unwrap();
            right_tx.send(n).unwrap();
        }
        // Both have items all the time. That one is never chosen has a chance of 1 in 2 to the 199.
        let events = receive_either(left_rx, right_rx).take(200);
        let lefts = events.filter(|event| matches!(event, Event::Left(_)));
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
                for item_tx in [left_tx, right_tx] {
                    let mut items = ledger.items();
                    scope.spawn(move || items.try_for_each(|item| item_tx.send(item)));
                }
                assert_eq!(receive_either(left_rx, right_rx).take(10).count(), 10);
            });
            ledger.assert_all_dropped();
        }
    });
}
