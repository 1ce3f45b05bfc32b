//! What `failover_crossbeam` promises: without waiting the same as `failover_std`, and
//! - it waits for room in all queues at the same time: `the_first_queue_to_have_room_takes_it`
//! - a queue that closes during the wait is passed over: `a_queue_that_closes_is_passed_over`
//! - the wait ends at the deadline: `the_wait_ends_at_the_deadline`

use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::SendTimeoutError::{self, Disconnected, Timeout as Full};
use crossbeam_channel::{Sender, bounded};
use errors::failover_crossbeam::{offer_until, offer_within};
use testkit::{ROUNDS, within};

#[path = "variants/failover.rs"]
mod variants;

fn offer<T>(message: T, queue_txs: &[Sender<T>]) -> Result<usize, SendTimeoutError<T>> {
    offer_within(message, queue_txs, Duration::ZERO)
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
            thread::scope(|scope| {
                let reader = scope.spawn(move || read_rx.iter().take(capacity + 1).last());
                assert_eq!(offer_within(7, &queue_txs, Duration::MAX), Ok(1));
                assert_eq!(reader.join().unwrap(), Some(7));
            });
        }
    });
}

#[test]
fn a_queue_that_closes_is_passed_over() {
    within(|| {
        for _ in 0..ROUNDS {
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
                assert_eq!(offer_within(7, &queue_txs, Duration::MAX), Ok(1));
                assert_eq!(reader.join().unwrap(), Ok(7));
            });
            // And when the last one closes during the wait, the message comes back.
            let (closing_tx, closing_rx) = bounded(0);
            thread::scope(|scope| {
                scope.spawn(move || drop(closing_rx));
                let offered = offer_within(7, &[closing_tx], Duration::MAX);
                assert_eq!(offered, Err(Disconnected(7)));
            });
        }
    });
}

#[test]
fn the_wait_ends_at_the_deadline() {
    within(|| {
        let (full_tx, _full_rx) = bounded(0);
        let queue_txs = [full_tx];
        let soon = Duration::from_millis(1);
        assert_eq!(offer_within(7, &queue_txs, soon), Err(Full(7)));
        assert_eq!(
            offer_until(7, &queue_txs, Instant::now() + soon),
            Err(Full(7))
        );
    });
}
