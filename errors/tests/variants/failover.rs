//! - the queues are tried in the order given, without waiting: `the_first_queue_with_room_takes_it`
//! - a message that no queue takes comes back, and says whether all are closed:
//!   `the_first_queue_with_room_takes_it`
//! - none is lost, but with the receiver: `every_message_is_taken_once_or_comes_back`

use std::thread;

use proptest::prelude::*;
use testkit::{Ledger, MANY, ROUNDS, within};

use super::{Disconnected, Full, bounded, offer};

proptest! {
    #[test]
    fn the_first_queue_with_room_takes_it(
        // Of each queue its capacity, and whether it is open.
        queues in prop::collection::vec((0_usize..4, any::<bool>()), 0..5),
        messages in 0_usize..20,
    ) {
        within(move || {
            let ends = |&(capacity, is_open): &(usize, bool)| {
                let (queue_tx, queue_rx) = bounded(capacity);
                (queue_tx, is_open.then_some(queue_rx))
            };
            let (queue_txs, queue_rxs): (Vec<_>, Vec<_>) = queues.iter().map(ends).unzip();
            let mut held = vec![Vec::new(); queues.len()];
            for message in 0..messages {
                let has_room = |(index, &(capacity, is_open)): (usize, &(usize, bool))| {
                    is_open && held[index].len() < capacity
                };
                let expected = match queues.iter().enumerate().position(has_room) {
                    Some(index) => Ok(index),
                    None if queues.iter().any(|&(_, is_open)| is_open) => Err(Full(message)),
                    None => Err(Disconnected(message)),
                };
                assert_eq!(offer(message, &queue_txs), expected);
                expected.map(|index| held[index].push(message)).ok();
            }
            drop(queue_txs);
            for (queue_rx, held) in queue_rxs.into_iter().zip(held) {
                assert!(queue_rx.into_iter().flatten().eq(held));
            }
        });
    }
}

#[test]
fn every_message_is_taken_once_or_comes_back() {
    within(|| {
        for round in 0..ROUNDS {
            let ledger = Ledger::default();
            let (hasty_tx, hasty_rx) = bounded(1);
            let (steady_tx, steady_rx) = bounded(2);
            let queue_txs = [hasty_tx, steady_tx];
            let (accepted, received) = thread::scope(|scope| {
                // It goes early, and takes its queue along.
                let hasty = scope.spawn(move || hasty_rx.iter().take(round % 5).count());
                let steady = scope.spawn(move || steady_rx.iter().count());
                let offers = ledger.items().take(MANY / 4);
                let accepted = offers
                    .filter_map(|item| offer(item, &queue_txs).ok())
                    .count();
                drop(queue_txs);
                (accepted, hasty.join().unwrap() + steady.join().unwrap())
            });
            // With the hasty one goes what is queued: one message, if any.
            assert!((received..=received + 1).contains(&accepted));
            ledger.assert_all_dropped();
        }
    });
}
