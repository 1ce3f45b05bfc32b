//! What `std_only` promises.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::thread;

use select_shutdown::std_only::{Ended, Intake, Rejected, Rest, open};
use testkit::{Ledger, Tracked, panic_of, within};

/// Sends until a message comes back. Returns how many were accepted.
fn send_all(intake: &Intake<Tracked>, messages: impl Iterator<Item = Tracked>) -> u64 {
    let mut accepted = 0;
    for message in messages {
        let number = message.number;
        match intake.send(message) {
            Ok(()) => accepted += 1,
            Err(Rejected(message)) => {
                assert_eq!(message.number, number, "another message came back");
                break;
            }
        }
    }
    accepted
}

#[test]
fn what_was_accepted_is_accounted_for() {
    within(|| {
        for (round, rest) in
            (0..120).flat_map(|round| [(round, Rest::Drain), (round, Rest::Abandon)])
        {
            let ledger = Ledger::default();
            let (intake, worker) = open(round % 4);
            let works = AtomicU64::new(0);
            let (ended, accepted) = thread::scope(|scope| {
                let producers = [(); 3].map(|()| {
                    let (intake, messages) = (intake.clone(), ledger.items());
                    scope.spawn(move || send_all(&intake, messages))
                });
                let running = scope.spawn(|| {
                    worker.run(|_| {
                        works.fetch_add(1, SeqCst);
                    })
                });
                // Another moment in each round, with the producers in full swing.
                while works.load(SeqCst) < round as u64 {
                    thread::yield_now();
                }
                intake.stop(rest);
                let accepted = producers
                    .into_iter()
                    .map(|producer| producer.join().unwrap())
                    .sum::<u64>();
                (running.join().unwrap(), accepted)
            });
            assert_eq!(accepted, ended.completed + ended.abandoned);
            assert_eq!(ended.completed, works.into_inner());
            if rest == Rest::Drain {
                assert_eq!(ended.abandoned, 0);
            }
            assert_eq!(send_all(&intake, ledger.items()), 0);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_work_may_give_the_stop() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let (intake, worker) = open(capacity);
            let (mut works, kept) = (0, intake.clone());
            let work = |_| {
                works += 1;
                if works == 20 {
                    kept.stop(Rest::Drain); // While producers wait for room.
                }
            };
            let (ended, accepted) = thread::scope(|scope| {
                let producers = [(); 3].map(|()| {
                    let (intake, messages) = (intake.clone(), ledger.items());
                    scope.spawn(move || send_all(&intake, messages))
                });
                let ended = worker.run(work);
                let accepted = producers.map(|producer| producer.join().unwrap());
                (ended, accepted.into_iter().sum::<u64>())
            });
            assert_eq!(ended.completed, accepted);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn what_is_abandoned_is_counted() {
    within(|| {
        let ledger = Ledger::default();
        let (intake, worker) = open(5);
        assert_eq!(send_all(&intake, ledger.items().take(5)), 5);
        intake.stop(Rest::Abandon);
        // Too late to take that back.
        intake.stop(Rest::Drain);
        assert_eq!(
            worker.run(drop),
            Ended {
                completed: 0,
                abandoned: 5
            }
        );
        ledger.assert_all_dropped();
    });
}

#[test]
fn messages_come_in_the_order_of_sending() {
    within(|| {
        let (intake, worker) = open(6);
        let second = intake.clone();
        for n in 0..3 {
            intake.send((1, n)).unwrap();
            second.send((2, n)).unwrap();
        }
        drop((intake, second));
        let mut messages = Vec::new();
        worker.run(|message| messages.push(message));
        assert_eq!(messages, [(1, 0), (2, 0), (1, 1), (2, 1), (1, 2), (2, 2)]);
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
                let messages = ledger.items().take(500).inspect(|_| {
                    most.fetch_max(ledger.alive(), SeqCst);
                });
                scope.spawn(move || send_all(&intake, messages));
                worker.run(drop);
            });
            // One is in the producer's hand, and one in the worker's.
            assert!(most.into_inner() <= capacity + 2);
        }
    });
}

#[test]
fn a_panic_in_the_work_leaves_run() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let (intake, worker) = open(capacity);
            thread::scope(|scope| {
                let messages = ledger.items();
                let (intake, kept) = (intake.clone(), intake);
                // The messages have no end: a producer that waited for room would wait for ever.
                let producer = scope.spawn(move || send_all(&intake, messages));
                let work = |message: Tracked| assert!(message.number != 20, "message 20 is bad");
                assert_eq!(panic_of(|| worker.run(work)), "message 20 is bad");
                producer.join().unwrap();
                assert_eq!(send_all(&kept, ledger.items()), 0);
                ledger.assert_all_dropped();
            });
        }
    });
}

#[test]
fn without_intakes_it_ends_when_all_is_done() {
    within(|| {
        let (intake, worker) = open(5);
        (0..5).try_for_each(|n| intake.send(n)).unwrap();
        drop(intake);
        assert_eq!(
            worker.run(drop),
            Ended {
                completed: 5,
                abandoned: 0
            }
        );

        let (intake, worker) = open::<u32>(0);
        drop(intake);
        assert_eq!(worker.run(drop), Ended::default());
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
fn a_rejected_message_is_an_error_of_any_type() {
    struct Opaque;
    let error: Box<dyn std::error::Error> = Box::new(Rejected(Opaque));
    assert_eq!(
        error.to_string(),
        "the message was not accepted: the worker has been stopped"
    );
    assert_eq!(format!("{error:?}"), "Rejected(..)");
}

#[test]
fn a_hundred_workers_end() {
    within(|| {
        for round in 0..100 {
            let (intake, worker) = open(round % 3);
            let (ended, accepted) = thread::scope(|scope| {
                let running = scope.spawn(|| worker.run(drop));
                let accepted = (0..round).filter(|&n| intake.send(n).is_ok()).count();
                intake.stop(Rest::Drain);
                (running.join().unwrap(), accepted)
            });
            assert_eq!((ended.completed, accepted), (round as u64, round));
        }
    });
}
