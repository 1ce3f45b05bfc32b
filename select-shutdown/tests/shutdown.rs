//! What `shutdown` promises.

use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use super::support::Clock;
use crossbeam_channel::{Receiver, bounded, never};
use proptest::prelude::*;
use select_shutdown::shutdown::{Ended, Intake, Rejected, open};
use testkit::{Ledger, Tracked, panic_of, within};

const SECOND: Duration = Duration::from_secs(1);

/// A stop that has been given.
fn stopped() -> Receiver<()> {
    bounded(0).1
}

fn counts(completed: u64, failed: u64, abandoned: u64) -> Ended {
    Ended {
        completed,
        failed,
        abandoned,
    }
}

/// Sends until an item comes back. Returns how many were accepted.
fn send_all(intake: &Intake<Tracked>, items: impl Iterator<Item = Tracked>) -> u64 {
    let mut accepted = 0;
    for item in items {
        let number = item.number;
        match intake.send(item) {
            Ok(()) => accepted += 1,
            Err(Rejected(item)) => {
                assert_eq!(item.number, number, "another item came back");
                break;
            }
        }
    }
    accepted
}

#[test]
fn what_was_accepted_is_accounted_for() {
    within(|| {
        // The work panics at the item of that number, if there is one.
        for (limit, panics_at) in [
            (Duration::MAX, None),
            (Duration::ZERO, None),
            (SECOND, None),
            (SECOND, Some(9)),
        ] {
            for round in 0..60 {
                let ledger = Ledger::default();
                let (intake, worker) = open(round % 4);
                let (stop_tx, stop_rx) = bounded::<()>(0);
                let mut stop_tx = Some(stop_tx);
                let mut works = 0;
                let work = |item: Tracked| {
                    works += 1;
                    if works > round {
                        stop_tx = None;
                    }
                    assert_ne!(Some(item.number), panics_at);
                };
                let (ended, accepted) = thread::scope(|scope| {
                    let producers = [(); 3].map(|()| {
                        let (intake, items) = (intake.clone(), ledger.items());
                        scope.spawn(move || send_all(&intake, items))
                    });
                    let ended = worker.run(&stop_rx, limit, Instant::now, work);
                    let accepted: u64 = producers
                        .into_iter()
                        .map(|producer| producer.join().unwrap())
                        .sum();
                    (ended.unwrap_or_else(|panicked| panicked.ended), accepted)
                });
                assert_eq!(
                    accepted,
                    ended.completed + ended.failed + ended.abandoned,
                    "{ended:?}"
                );
                assert!(ended.failed == 0 || panics_at.is_some());
                if limit == Duration::MAX {
                    assert_eq!(ended.abandoned, 0);
                }
                // The intake is still here: nothing waits in a queue that nobody empties.
                ledger.assert_all_dropped();
                drop(intake);
            }
        }
    });
}

proptest! {
    /// Items queued before the stop; each takes a second, the limit is in seconds, one may panic.
    #[test]
    fn the_counts_are_those_of_a_model(queued in 0_u64..20, limit in 0_u64..20, panics_at in 0_u64..30) {
        let (intake, worker) = open(20);
        for n in 0..queued {
            intake.send(n).unwrap();
        }
        let clock = Clock::new(Duration::ZERO);
        let work = |n| {
            assert_ne!(n, panics_at);
            clock.advance(SECOND);
        };
        let ended = worker.run(&stopped(), Duration::from_secs(limit), clock.now(), work);
        let begun = queued.min(limit);
        let expected = if panics_at < begun {
            counts(panics_at, 1, queued - panics_at - 1)
        } else {
            counts(begun, 0, queued - begun)
        };
        prop_assert_eq!(ended.is_err(), panics_at < begun);
        prop_assert_eq!(ended.unwrap_or_else(|panicked| panicked.ended), expected);
    }
}

#[test]
fn the_stop_comes_before_queued_items() {
    within(|| {
        // A choice at random would be right in each round with a chance of one half.
        for _ in 0..100 {
            let (intake, worker) = open(4);
            for n in 0..4 {
                intake.send(n).unwrap();
            }
            let ended = worker.run(&stopped(), Duration::ZERO, Instant::now, |_| ());
            assert_eq!(ended.unwrap().abandoned, 4);
        }
    });
}

#[test]
fn a_stop_is_a_message_or_the_loss_of_all_senders() {
    within(|| {
        let (stop_tx, told_rx) = bounded(1);
        stop_tx.send(()).unwrap();
        for stop_rx in [told_rx, stopped()] {
            let (_intake, worker) = open::<u32>(1);
            let ended = worker.run(&stop_rx, SECOND, Instant::now, drop);
            assert_eq!(ended.unwrap(), Ended::default());
        }
    });
}

#[test]
fn an_idle_worker_hears_the_stop() {
    within(|| {
        let (intake, worker) = open(1);
        let (stop_tx, stop_rx) = bounded::<()>(0);
        let (done_tx, done_rx) = bounded(1);
        let ended = thread::scope(|scope| {
            let running = scope
                .spawn(|| worker.run(&stop_rx, SECOND, Instant::now, |n| done_tx.send(n).unwrap()));
            intake.send(1).unwrap();
            assert_eq!(done_rx.recv(), Ok(1));
            // It has nothing to do, and no more is going to come.
            drop(stop_tx);
            running.join().unwrap()
        });
        assert_eq!(ended.unwrap().completed, 1);
    });
}

#[test]
fn what_was_accepted_is_completed_in_order() {
    within(|| {
        for capacity in 0..3 {
            let (intake, worker) = open(capacity);
            let mut completed = Vec::new();
            thread::scope(|scope| {
                scope.spawn(move || (0..100).try_for_each(|n| intake.send(n)));
                worker
                    .run(&never::<()>(), SECOND, Instant::now, |n| completed.push(n))
                    .unwrap();
            });
            assert!(completed.into_iter().eq(0..100));
        }
        // The same for what is queued at the stop.
        let (intake, worker) = open(9);
        (0..9).try_for_each(|n| intake.send(n)).unwrap();
        let mut drained = Vec::new();
        worker
            .run(&stopped(), SECOND, Instant::now, |n| drained.push(n))
            .unwrap();
        assert!(drained.into_iter().eq(0..9));
    });
}

#[test]
fn a_producer_is_never_far_ahead() {
    within(|| {
        for capacity in 0..4 {
            let (intake, worker) = open(capacity);
            let ledger = Ledger::default();
            let most = AtomicUsize::new(0);
            thread::scope(|scope| {
                let items = ledger.items().take(500).inspect(|_| {
                    most.fetch_max(ledger.alive(), SeqCst);
                });
                scope.spawn(move || send_all(&intake, items));
                worker
                    .run(&never::<()>(), SECOND, Instant::now, drop)
                    .unwrap();
            });
            // One is in the producer's hand, and one in the worker's.
            assert!(most.into_inner() <= capacity + 2);
        }
    });
}

#[test]
fn producers_that_wait_for_room_get_their_items_back() {
    within(|| {
        for capacity in 0..3 {
            let (intake, worker) = open(capacity);
            (0..capacity).try_for_each(|n| intake.send(n)).unwrap();
            let back: Vec<_> = thread::scope(|scope| {
                // There is no room for any of them until the stop, nor after it.
                let producers = [70, 80, 90].map(|n| {
                    let intake = &intake;
                    scope.spawn(move || intake.send(n))
                });
                let ended = worker.run(&stopped(), Duration::ZERO, Instant::now, drop);
                assert_eq!(ended.unwrap().abandoned, capacity as u64);
                producers
                    .into_iter()
                    .map(|producer| producer.join().unwrap())
                    .collect()
            });
            assert_eq!(back, [70, 80, 90].map(|n| Err(Rejected(n))));
        }
    });
}

#[test]
fn what_is_sent_after_the_stop_comes_back() {
    within(|| {
        let (intake, worker) = open(4);
        intake.send(1).unwrap();
        // There would be room: only the stop is in the way.
        let work = |_| assert_eq!(intake.send(2), Err(Rejected(2)));
        let ended = worker.run(&stopped(), SECOND, Instant::now, work);
        assert_eq!(ended.unwrap().completed, 1);
        assert_eq!(intake.send(3), Err(Rejected(3)));
        assert_eq!(intake.clone().send(4), Err(Rejected(4)));
    });
}

#[test]
fn a_drain_ends_at_its_limit() {
    within(|| {
        let (intake, worker) = open(10);
        (0..10).try_for_each(|n| intake.send(n)).unwrap();
        let clock = Clock::new(Duration::ZERO);
        let ended = worker.run(&stopped(), 3 * SECOND, clock.now(), |_| {
            clock.advance(SECOND);
        });
        assert_eq!(ended.unwrap(), counts(3, 0, 7));
    });
}

#[test]
fn a_limit_of_zero_abandons_what_is_queued() {
    within(|| {
        let ledger = Ledger::default();
        let (intake, worker) = open(5);
        assert_eq!(send_all(&intake, ledger.items().take(5)), 5);
        let ended = worker
            .run(&stopped(), Duration::ZERO, Instant::now, drop)
            .unwrap();
        assert_eq!(ended, counts(0, 0, 5));
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_brings_its_payload_and_the_counts() {
    within(|| {
        // While it receives, and while it drains.
        for stop_rx in [never(), stopped()] {
            let (intake, worker) = open(5);
            (0..5).try_for_each(|n| intake.send(n)).unwrap();
            let work = |n| assert_ne!(n, 2, "item 2 is bad");
            let panicked = worker
                .run(&stop_rx, SECOND, Instant::now, work)
                .unwrap_err();
            assert_eq!(panicked.ended, counts(2, 1, 2));
            assert_eq!(panicked.to_string(), "the work has panicked");
            assert!(format!("{panicked:?}").contains("completed: 2"));
            let message = panic_of(|| std::panic::resume_unwind(panicked.payload));
            assert!(message.contains("item 2 is bad"), "{message}");
            assert_eq!(intake.send(5), Err(Rejected(5)));
        }
    });
}

/// Panics as it is dropped, with its number.
struct Bomb(u32);

impl Drop for Bomb {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new(self.0));
    }
}

#[test]
fn an_abandoned_item_that_panics_costs_no_count() {
    within(|| {
        let (intake, worker) = open(3);
        for n in 0..3 {
            assert!(intake.send(Bomb(n)).is_ok());
        }
        let panicked = worker
            .run(&stopped(), Duration::ZERO, Instant::now, drop)
            .unwrap_err();
        assert_eq!(panicked.ended, counts(0, 0, 3));
        assert_eq!(panicked.payload.downcast_ref(), Some(&0_u32));

        // Behind a panic of the work, whose payload is the first.
        let (intake, worker) = open(3);
        for n in 0..3 {
            assert!(intake.send(Bomb(n)).is_ok());
        }
        let work = |bomb| {
            std::mem::forget(bomb);
            panic!("bad work");
        };
        let panicked = worker
            .run(&never::<()>(), SECOND, Instant::now, work)
            .unwrap_err();
        assert_eq!(panicked.ended, counts(0, 1, 2));
        assert_eq!(panicked.payload.downcast_ref(), Some(&"bad work"));
    });
}

#[test]
fn a_worker_that_never_runs_drops_what_is_queued() {
    within(|| {
        let ledger = Ledger::default();
        let (intake, worker) = open(5);
        assert_eq!(send_all(&intake, ledger.items().take(5)), 5);
        drop(worker);
        ledger.assert_all_dropped();
        assert_eq!(send_all(&intake, ledger.items()), 0);
    });
}

#[test]
fn without_intakes_it_ends_when_all_is_done() {
    within(|| {
        let (intake, worker) = open(5);
        let second = intake.clone();
        drop(intake);
        (0..5).try_for_each(|n| second.send(n)).unwrap();
        drop(second);
        let ended = worker
            .run(&never::<()>(), Duration::ZERO, Instant::now, drop)
            .unwrap();
        assert_eq!(ended, counts(5, 0, 0));
    });
}

#[test]
fn no_items_are_no_counts() {
    within(|| {
        let (intake, worker) = open::<u32>(0);
        drop(intake);
        let ended = worker.run(&never::<()>(), SECOND, Instant::now, drop);
        assert_eq!(ended.unwrap(), Ended::default());
    });
}

#[test]
fn a_rejected_item_is_an_error_of_any_type() {
    // Neither `Debug` nor `Sync` is asked of the item.
    struct Opaque(
        #[expect(dead_code, reason = "it makes the type what it is")] std::cell::Cell<u8>,
    );
    let error: Box<dyn Error> = Box::new(Rejected(Opaque(std::cell::Cell::new(0))));
    assert_eq!(
        error.to_string(),
        "the item was not accepted: the worker has been stopped"
    );
    assert_eq!(format!("{error:?}"), "Rejected(..)");
}

#[test]
fn a_hundred_workers_end() {
    within(|| {
        for round in 0..100 {
            let (intake, worker) = open(round % 3);
            let (stop_tx, stop_rx) = bounded::<()>(0);
            let (ended, accepted) = thread::scope(|scope| {
                let running = scope.spawn(|| worker.run(&stop_rx, SECOND, Instant::now, drop));
                let accepted = (0..round).filter(|&n| intake.send(n).is_ok()).count();
                drop(stop_tx);
                (running.join().unwrap().unwrap(), accepted)
            });
            assert_eq!((ended.completed, accepted), (round as u64, round));
        }
    });
}
