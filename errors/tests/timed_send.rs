//! What `timed_send` promises:
//! - items arrive in order, then the end: `what_is_accepted_arrives_and_the_rest_comes_back`
//! - never more than `capacity` of them wait: `an_item_that_finds_no_room_comes_back`
//! - an item that finds no room in time comes back: `an_item_that_finds_no_room_comes_back`,
//!   `what_is_accepted_arrives_and_the_rest_comes_back`
//! - when the receiver goes, the item comes back, and those that wait are lost:
//!   `a_receiver_that_goes_ends_the_wait`
//! - why it failed goes through `?`: `a_question_mark_takes_the_failure`
//! - no capacity is a panic: `no_capacity_is_refused`

use std::iter;
use std::thread;
use std::time::{Duration, Instant};

use errors::timed_send::{SendFailure, Sender, channel};
use testkit::{Ledger, MANY, ROUNDS, Tracked, panic_of, within};

const SOON: Duration = Duration::from_millis(1);

#[test]
fn an_item_that_finds_no_room_comes_back() {
    within(|| {
        for capacity in 1..4 {
            let (item_tx, item_rx) = channel(capacity);
            let send = |item, limit| item_tx.send_timeout(item, limit);
            (0..capacity).for_each(|n| send(n, Duration::ZERO).unwrap());
            // Each item that is received makes room for one.
            for n in 0..4 {
                let next = n + capacity;
                for limit in [Duration::ZERO, SOON] {
                    assert_eq!(send(next, limit), Err((next, SendFailure::TimedOut)));
                }
                assert_eq!(item_rx.recv(), Ok(n));
                assert_eq!(send(next, Duration::ZERO), Ok(()));
            }
        }
    });
}

#[test]
fn what_is_accepted_arrives_and_the_rest_comes_back() {
    within(|| {
        for (capacity, limit) in [(1, SOON), (2, SOON), (1, Duration::MAX), (2, Duration::MAX)] {
            let ledger = Ledger::default();
            let (item_tx, item_rx) = channel::<Tracked>(capacity);
            let received = iter::from_fn(move || item_rx.recv().ok());
            let received = received.map(|item| item.number);
            let receiver = thread::spawn(move || received.collect::<Vec<_>>());
            let mut accepted = Vec::new();
            for item in ledger.items().take(MANY / 4) {
                let (number, before) = (item.number, Instant::now());
                match item_tx.send_timeout(item, limit) {
                    Ok(()) => accepted.push(number),
                    Err((item, failure)) => {
                        assert_eq!((item.number, failure), (number, SendFailure::TimedOut));
                        assert!(before.elapsed() >= limit);
                    }
                }
            }
            drop(item_tx);
            // As long as it takes.
            assert!(limit < Duration::MAX || accepted.len() == MANY / 4);
            assert_eq!(receiver.join().unwrap(), accepted);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_receiver_that_goes_ends_the_wait() {
    within(|| {
        for received in (0..5).cycle().take(ROUNDS) {
            let ledger = Ledger::default();
            let (item_tx, item_rx) = channel(3);
            thread::scope(|scope| {
                scope.spawn(move || (0..received).for_each(|_| drop(item_rx.recv().unwrap())));
                let send = |item| item_tx.send_timeout(item, Duration::MAX);
                let (item, failure) = ledger.items().find_map(|item| send(item).err()).unwrap();
                assert_eq!(failure, SendFailure::Closed);
                assert!((received..=received + 3).contains(&item.number), "{item:?}");
            });
            // The sender is still here, and what was queued is not.
            ledger.assert_all_dropped();
            drop(item_tx);
        }
    });
}

#[test]
fn a_question_mark_takes_the_failure() {
    type Job = Box<dyn FnOnce() + Send>;
    fn submit(job_tx: &Sender<Job>) -> anyhow::Result<()> {
        let sent = job_tx.send_timeout(Box::new(|| ()), Duration::ZERO);
        Ok(sent.map_err(|(_, failure)| failure)?)
    }
    let (job_tx, job_rx) = channel(1);
    submit(&job_tx).unwrap();
    let failed = submit(&job_tx).unwrap_err();
    assert_eq!(failed.to_string(), "no room within the time limit");
    drop(job_rx);
    let failed = submit(&job_tx).unwrap_err();
    assert_eq!(failed.to_string(), "the receiver is gone");
}

#[test]
fn no_capacity_is_refused() {
    let message = panic_of(|| channel::<u8>(0));
    assert_eq!(message, "there must be a place for an item");
}
