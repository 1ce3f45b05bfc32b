//! What `failover_crossbeam` promises.

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{SendTimeoutError, bounded};
use errors::failover_crossbeam::offer;
use proptest::prelude::*;
use testkit::{Ledger, within};

/// It is past as soon as it is used.
fn past() -> Instant {
    Instant::now()
}

/// Later than the test may end.
fn far() -> Instant {
    Instant::now() + Duration::from_secs(3_600)
}

#[test]
fn the_first_queue_with_room_takes_it() {
    within(|| {
        let (full_tx, _full_rx) = bounded(0);
        let (closed_tx, closed_rx) = bounded(1);
        let (open_tx, open_rx) = bounded(1);
        let (last_tx, last_rx) = bounded(1);
        drop(closed_rx);
        let queue_txs = [full_tx, closed_tx, open_tx, last_tx];

        assert_eq!(offer("first", &queue_txs, past()), Ok(2));
        assert_eq!(offer("second", &queue_txs, past()), Ok(3));
        assert_eq!(open_rx.try_recv(), Ok("first"));
        assert_eq!(offer("third", &queue_txs, past()), Ok(2));
        drop(queue_txs);
        assert_eq!(open_rx.iter().collect::<Vec<_>>(), ["third"]);
        assert_eq!(last_rx.iter().collect::<Vec<_>>(), ["second"]);
    });
}

#[test]
fn a_message_that_no_queue_takes_comes_back() {
    within(|| {
        // The very same one: what it owns has not moved.
        let message = Box::new(7);
        let address = &raw const *message;

        let Err(SendTimeoutError::Disconnected(message)) = offer(message, &[], past()) else {
            panic!("there is no queue")
        };
        let (full_tx, full_rx) = bounded(0);
        let (closed_tx, closed_rx) = bounded(1);
        drop(closed_rx);
        let queue_txs = [full_tx, closed_tx];
        let Err(SendTimeoutError::Timeout(message)) = offer(message, &queue_txs, past()) else {
            panic!("one is full, one closed")
        };
        drop(full_rx);
        let Err(SendTimeoutError::Disconnected(message)) = offer(message, &queue_txs, past())
        else {
            panic!("all are closed")
        };
        assert_eq!(&raw const *message, address);
    });
}

#[test]
fn the_first_queue_to_have_room_takes_it() {
    within(|| {
        for capacity in [0, 1] {
            let (full_tx, _full_rx) = bounded(capacity);
            let (read_tx, read_rx) = bounded(capacity);
            for n in 0..capacity {
                full_tx.send(n).unwrap();
                read_tx.send(n).unwrap();
            }
            let queue_txs = [full_tx, read_tx];
            let taken = thread::scope(|scope| {
                let reader = scope.spawn(move || read_rx.iter().take(capacity + 1).last());
                assert_eq!(offer(7, &queue_txs, far()), Ok(1));
                reader.join().unwrap()
            });
            assert_eq!(taken, Some(7));
        }
    });
}

#[test]
fn a_queue_that_closes_is_passed_over() {
    within(|| {
        for _ in 0..100 {
            let (closing_tx, closing_rx) = bounded(0);
            let (other_tx, other_rx) = bounded(0);
            let queue_txs = [closing_tx, other_tx];
            let (closed_tx, closed_rx) = bounded(1);
            thread::scope(|scope| {
                scope.spawn(move || {
                    drop(closing_rx);
                    closed_tx.send(()).unwrap();
                });
                // It has room only after the first one has closed.
                let reader = scope.spawn(move || {
                    closed_rx.recv().unwrap();
                    other_rx.recv()
                });
                assert_eq!(offer(7, &queue_txs, far()), Ok(1));
                assert_eq!(reader.join().unwrap(), Ok(7));
            });
            // And when the last one closes during the wait, the message comes back.
            let (closing_tx, closing_rx) = bounded(0);
            thread::scope(|scope| {
                scope.spawn(move || drop(closing_rx));
                assert_eq!(
                    offer(7, &[closing_tx], far()),
                    Err(SendTimeoutError::Disconnected(7))
                );
            });
        }
    });
}

/// For each message what `offer` says, and for each queue what it holds in the end, by a model of
/// queues with a capacity, of which some are closed.
type Outcome = (Vec<Result<usize, SendTimeoutError<usize>>>, Vec<Vec<usize>>);

fn modelled(queues: &[(usize, bool)], messages: usize) -> Outcome {
    let mut held = vec![Vec::new(); queues.len()];
    let said = (0..messages).map(|message| {
        let takes = |&index: &usize| queues[index].1 && held[index].len() < queues[index].0;
        match (0..queues.len()).find(takes) {
            Some(index) => {
                held[index].push(message);
                Ok(index)
            }
            None if queues.iter().any(|&(_, open)| open) => Err(SendTimeoutError::Timeout(message)),
            None => Err(SendTimeoutError::Disconnected(message)),
        }
    });
    (said.collect(), held)
}

fn offered(queues: &[(usize, bool)], messages: usize) -> Outcome {
    let (queue_txs, queue_rxs): (Vec<_>, Vec<_>) = queues
        .iter()
        .map(|&(capacity, open)| {
            let (queue_tx, queue_rx) = bounded(capacity);
            (queue_tx, open.then_some(queue_rx))
        })
        .unzip();
    let said = (0..messages)
        .map(|message| offer(message, &queue_txs, past()))
        .collect();
    drop(queue_txs);
    let held = queue_rxs
        .into_iter()
        .map(|queue_rx| queue_rx.into_iter().flatten().collect());
    (said, held.collect())
}

proptest! {
    #[test]
    fn the_queues_fill_as_in_a_model(
        queues in prop::collection::vec((1_usize..4, any::<bool>()), 0..5),
        messages in 0_usize..20,
    ) {
        let expected = modelled(&queues, messages);
        prop_assert_eq!(within(move || offered(&queues, messages)), expected);
    }
}

#[test]
fn every_message_is_taken_once_or_comes_back() {
    within(|| {
        for round in 0..100 {
            let ledger = Ledger::default();
            let (hasty_tx, hasty_rx) = bounded(1);
            let (steady_tx, steady_rx) = bounded(2);
            let queue_txs = [hasty_tx, steady_tx];
            let (mut accepted, mut returned) = (0, 0);
            let received = thread::scope(|scope| {
                // It goes early, and takes its queue along.
                let hasty = scope.spawn(move || hasty_rx.iter().take(round % 5).count());
                let steady = scope.spawn(move || steady_rx.iter().count());
                for item in ledger.items().take(50) {
                    match offer(item, &queue_txs, past()) {
                        Ok(_) => accepted += 1,
                        Err(SendTimeoutError::Timeout(_) | SendTimeoutError::Disconnected(_)) => {
                            returned += 1;
                        }
                    }
                }
                drop(queue_txs);
                (hasty.join().unwrap(), steady.join().unwrap())
            });
            // With the hasty one goes what is queued: one message, if any.
            let lost = accepted - received.0 - received.1;
            assert!(lost <= 1, "{lost} lost");
            assert_eq!(accepted + returned, 50);
            ledger.assert_all_dropped();
        }
    });
}
