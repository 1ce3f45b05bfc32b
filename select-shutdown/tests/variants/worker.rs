//! - accepted = completed + abandoned, whenever the stop comes, and after it items come back:
//!   `what_was_accepted_is_accounted_for`
//! - order, and the end with the last intake: `items_come_in_the_order_of_sending`
//! - a full queue makes producers wait: `a_producer_is_never_far_ahead`
//! - the stop wakes an idle worker: `an_idle_worker_hears_the_stop`
//! - what is abandoned is dropped and counted: `what_is_abandoned_is_counted_even_if_it_panics`
//! - a panic of the work: `a_panic_in_the_work_reaches_the_caller`
//! - a worker that is dropped drops the queue: `a_worker_that_never_runs_drops_what_is_queued`
//! - the error goes through `?`: `a_rejected_item_goes_through_a_question_mark`

use std::error::Error;
use std::panic::resume_unwind;
use std::sync::mpsc::channel;
use std::thread;

use testkit::{Lead, Ledger, MANY, ROUNDS, Tracked, panic_of, within};

use super::pattern::{Intake, Rejected, Report};
use super::worker;

/// Sends until an item comes back, which must be the same. Returns how many were accepted.
fn send_all(intake: &Intake<Tracked>, items: impl Iterator<Item = Tracked>) -> usize {
    let accepted = items.map_while(|item| {
        let number = item.number;
        let rejected = intake.send(item).map_err(Rejected::into_inner);
        rejected
            .map_err(|item| assert_eq!(item.number, number))
            .ok()
    });
    accepted.count()
}

fn report(completed: usize, abandoned: usize) -> Report {
    Report {
        completed,
        abandoned,
    }
}

#[test]
fn what_was_accepted_is_accounted_for() {
    within(|| {
        for (round, drain) in (0..ROUNDS).flat_map(|round| [(round, true), (round, false)]) {
            let ledger = Ledger::default();
            let (intake, stop, run) = worker(round % 3, drain);
            let mut works = 0;
            let (accepted, report) = thread::scope(|scope| {
                let working = scope.spawn(|| run(&mut |_| works += 1));
                let producers = [(); 2].map(|()| scope.spawn(|| send_all(&intake, ledger.items())));
                // Another moment in each round, with the producers in full swing.
                let mut accepted = send_all(&intake, ledger.items().take(round));
                stop();
                for producer in producers {
                    accepted += producer.join().unwrap();
                }
                (accepted, working.join().unwrap())
            });
            assert_eq!(report.completed + report.abandoned, accepted);
            assert_eq!(report.completed, works);
            assert!(report.abandoned == 0 || !drain);
            assert_eq!(send_all(&intake, ledger.items()), 0);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn items_come_in_the_order_of_sending() {
    within(|| {
        for capacity in 0..3 {
            let (intake, _stop, run) = worker(capacity, true);
            let mut items = Vec::new();
            thread::scope(|scope| {
                scope.spawn(move || (0..MANY).try_for_each(|n| intake.send(n)).unwrap());
                assert_eq!(run(&mut |n| items.push(n)), report(MANY, 0));
            });
            assert!(items.into_iter().eq(0..MANY));
        }
    });
}

#[test]
fn a_producer_is_never_far_ahead() {
    within(|| {
        for capacity in 0..4 {
            let (intake, _stop, run) = worker(capacity, true);
            let lead = Lead::default();
            // One is in the producer's hand, and one in the worker's.
            let mut items = lead.limited(MANY, capacity + 2);
            thread::scope(|scope| {
                scope.spawn(move || items.try_for_each(|n| intake.send(n)).unwrap());
                run(&mut |_| lead.take());
            });
        }
    });
}

#[test]
fn an_idle_worker_hears_the_stop() {
    within(|| {
        let (intake, stop, run) = worker(1, true);
        let (done_tx, done_rx) = channel();
        thread::scope(|scope| {
            let working = scope.spawn(|| run(&mut |n| done_tx.send(n).unwrap()));
            intake.send(1).unwrap();
            assert_eq!(done_rx.recv(), Ok(1));
            stop(); // It has nothing to do, and no more is going to come.
            assert_eq!(working.join().unwrap(), report(1, 0));
        });
    });
}

#[test]
fn what_is_abandoned_is_counted_even_if_it_panics() {
    struct Bomb(Tracked);

    impl Drop for Bomb {
        fn drop(&mut self) {
            resume_unwind(Box::new(self.0.number));
        }
    }

    within(|| {
        let ledger = Ledger::default();
        let (intake, stop, run) = worker(3, false);
        let mut bombs = ledger.items().take(3).map(Bomb);
        bombs.try_for_each(|bomb| intake.send(bomb)).unwrap();
        stop();
        assert_eq!(run(&mut drop), report(0, 3));
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let (intake, _stop, run) = worker(capacity, true);
            thread::scope(|scope| {
                // The items have no end: a producer that waited for room would wait forever.
                scope.spawn(|| send_all(&intake, ledger.items()));
                let mut work = |item: Tracked| assert!(item.number != 9, "item 9 is bad");
                assert_eq!(panic_of(|| run(&mut work)), "item 9 is bad");
            });
            // The intake is still there: nothing waits in a queue that nobody empties.
            ledger.assert_all_dropped();
            assert_eq!(send_all(&intake, ledger.items()), 0);
        }
    });
}

#[test]
fn a_worker_that_never_runs_drops_what_is_queued() {
    within(|| {
        let ledger = Ledger::default();
        let (intake, _stop, run) = worker(5, true);
        assert_eq!(send_all(&intake, ledger.items().take(5)), 5);
        drop(run);
        ledger.assert_all_dropped();
        assert_eq!(send_all(&intake, ledger.items()), 0);
    });
}

#[test]
fn a_rejected_item_goes_through_a_question_mark() {
    type Job = Box<dyn FnOnce() + Send>; // Neither `Sync` nor `Debug`.

    fn submit(intake: &Intake<Job>) -> anyhow::Result<()> {
        Ok(intake.send(Box::new(|| ()))?)
    }

    fn submit_boxed(intake: &Intake<Job>) -> Result<(), Box<dyn Error + Send + Sync>> {
        Ok(intake.send(Box::new(|| ()))?)
    }

    let (intake, _stop, run) = worker(1, true);
    drop(run);
    let (error, boxed) = (
        submit(&intake).unwrap_err(),
        submit_boxed(&intake).unwrap_err(),
    );
    assert_eq!(error.to_string(), "the worker has been stopped");
    assert_eq!(format!("{boxed:?}"), "Rejected(..)");
}
