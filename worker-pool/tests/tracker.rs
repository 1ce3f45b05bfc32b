//! What `tracker` promises:
//!
//! - each job is counted as what it is: `each_job_is_queued_then_runs_then_has_ended`
//! - the counts together are all jobs: `every_end_accounts_for_every_job`
//! - `wait` ends when all are done, and the pool goes on: `a_wait_ends_with_the_last_job`
//! - or when its limit is over; several threads may wait: `a_wait_ends_with_its_limit`
//! - a job may wait, and does not wait for itself: `a_job_may_wait_for_the_others`,
//!   `jobs_that_wait_for_each_other_do_so_to_their_limits`
//! - a job has ended when all that it owned is gone, and before its thread gets its panic:
//!   `a_job_ends_after_all_that_it_owned`
//! - finished, it takes no more jobs, and none begins after the limit:
//!   `what_has_not_begun_within_the_limit_never_does`
//! - others may still use it and its pool when it ends: `a_server_ends_while_others_still_use_it`

use std::panic::panic_any;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use proptest::prelude::*;
use testkit::{LIMIT, Ledger, MANY, ROUNDS, within};
use worker_pool::pool::Pool;
use worker_pool::tracker::{Report, Tracker};

use super::support::gate;

fn start(workers: usize, queue: usize) -> (Pool, Tracker) {
    let pool = Pool::start(workers, queue).expect("some threads start");
    (pool, Tracker::default())
}

/// Gives `work` to the pool, as a job of the tracker.
fn run(pool: &Pool, jobs: &Tracker, work: impl FnOnce() + Send + 'static) {
    pool.execute(jobs.track(work).expect("it is not finished"));
}

fn all(report: Report) -> usize {
    let waiting = report.queued + report.abandoned;
    waiting + report.running + report.completed + report.failed
}

#[test]
fn each_job_is_queued_then_runs_then_has_ended() {
    within(|| {
        let (pool, jobs) = start(1, 2);
        let (key, begun_rx, in_gate) = gate();
        run(&pool, &jobs, in_gate);
        run(&pool, &jobs, || panic_any("a bad job"));
        drop(jobs.track(|| ()));
        begun_rx.recv().unwrap();
        let mut expected = Report::default();
        (expected.queued, expected.running, expected.abandoned) = (1, 1, 1);
        assert_eq!(jobs.report(), expected);
        drop(key);
        pool.finish();
        (expected.queued, expected.running) = (0, 0);
        (expected.completed, expected.failed) = (1, 1);
        assert_eq!(jobs.report(), expected);
    });
}

proptest! {
    #[test]
    fn every_end_accounts_for_every_job(
        good in prop::collection::vec(any::<bool>(), 0..40),
        workers in 1_usize..4,
        limit in prop_oneof![Just(Duration::ZERO), Just(LIMIT)],
    ) {
        let (jobs, bad) = (good.len(), good.iter().filter(|&&good| !good).count());
        let (first, last) = within(move || {
            let (pool, jobs) = start(workers, 1);
            for good in good {
                run(&pool, &jobs, move || if !good { panic_any("a bad job") });
            }
            let first = jobs.finish(limit);
            pool.finish();
            (first, jobs.report())
        });
        prop_assert_eq!((all(first), all(last)), (jobs, jobs));
        prop_assert_eq!((first.queued, last.queued, last.running), (0, 0, 0));
        prop_assert_eq!(first.abandoned, last.abandoned);
        if limit == LIMIT {
            prop_assert_eq!((first.completed, first.failed), (jobs - bad, bad));
        }
    }
}

#[test]
fn a_wait_ends_with_the_last_job() {
    within(|| {
        let (pool, jobs) = start(2, 1);
        assert!(jobs.wait(LIMIT), "there is no job yet");
        for round in 1..=ROUNDS {
            let ledger = Ledger::default();
            for item in ledger.items().take(4) {
                run(&pool, &jobs, move || assert!(item.number != 2, "a bad job"));
            }
            assert!(jobs.wait(LIMIT));
            ledger.assert_all_dropped();
            assert_eq!(jobs.report().completed, 3 * round);
        }
    });
}

#[test]
fn a_wait_ends_with_its_limit() {
    within(|| {
        let (pool, jobs) = start(1, 1);
        let (key, _begun_rx, in_gate) = gate();
        run(&pool, &jobs, in_gate);
        thread::scope(|scope| {
            let waiting = [(); 2].map(|()| scope.spawn(|| jobs.wait(Duration::MAX)));
            assert!(!jobs.wait(Duration::ZERO) && !jobs.wait(Duration::from_millis(1)));
            drop(key);
            assert!(waiting.into_iter().all(|thread| thread.join().unwrap()));
        });
    });
}

#[test]
fn a_job_may_wait_for_the_others() {
    within(|| {
        let (pool, jobs) = start(2, 2);
        let (begin_tx, begin_rx) = mpsc::channel();
        let (saw_tx, saw_rx) = mpsc::channel();
        let others = jobs.clone();
        run(&pool, &jobs, move || {
            begin_rx.recv().unwrap();
            saw_tx
                .send((others.wait(Duration::MAX), others.report()))
                .unwrap();
        });
        run(&pool, &jobs, || ());
        run(&pool, &jobs, || ());
        begin_tx.send(()).unwrap();
        let (idle, report) = saw_rx.recv().unwrap();
        assert_eq!((idle, report.running, report.completed), (true, 1, 2));
    });
}

#[test]
fn jobs_that_wait_for_each_other_do_so_to_their_limits() {
    within(|| {
        let (pool, jobs) = start(2, 0);
        for _ in 0..2 {
            let others = jobs.clone();
            run(&pool, &jobs, move || {
                let _ = others.wait(Duration::from_millis(1));
            });
        }
        assert!(jobs.wait(LIMIT));
    });
}

#[test]
fn a_job_ends_after_all_that_it_owned() {
    within(|| {
        let (jobs, ledger) = (Tracker::default(), Ledger::default());
        let [good, bad, dropped] = [0, 1, 2].map(|number| {
            let item = ledger.item(number);
            let job = jobs.track(move || assert!(item.number != 1, "a bad job"));
            job.expect("it is not finished")
        });
        let threads = [
            thread::spawn(good),
            thread::spawn(bad),
            thread::spawn(|| drop(dropped)),
        ];
        assert!(jobs.wait(LIMIT));
        ledger.assert_all_dropped();
        let panicked = threads.map(|thread| thread.join().is_err());
        assert_eq!(panicked, [false, true, false]);
    });
}

#[test]
fn what_has_not_begun_within_the_limit_never_does() {
    within(|| {
        let (pool, jobs) = start(1, 2);
        let (key, begun_rx, in_gate) = gate();
        run(&pool, &jobs, in_gate);
        begun_rx.recv().unwrap();
        let ledger = Ledger::default();
        for item in ledger.items().take(2) {
            run(&pool, &jobs, move || panic_any(item));
        }
        let mut expected = Report::default();
        (expected.running, expected.abandoned) = (1, 2);
        assert_eq!(jobs.finish(Duration::ZERO), expected);
        assert!(jobs.track(|| ()).is_none());
        drop(key);
        pool.finish();
        (expected.running, expected.completed) = (0, 1);
        assert_eq!(jobs.report(), expected);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_server_ends_while_others_still_use_it() {
    struct Server {
        pool: Pool,
        jobs: Tracker,
    }

    impl Server {
        fn submit(&self, work: impl FnOnce() + Send + 'static) -> anyhow::Result<()> {
            let job = self.jobs.track(work).context("the server shuts down")?;
            self.pool.execute(job);
            Ok(())
        }

        fn shutdown(&self, limit: Duration) -> Report {
            self.jobs.finish(limit)
        }
    }

    within(|| {
        let (pool, jobs) = start(2, 1);
        let server = Arc::new(Server { pool, jobs });
        let clients = [(); 2].map(|()| {
            let server = Arc::clone(&server);
            thread::spawn(move || (0..MANY).filter(|_| server.submit(|| ()).is_ok()).count())
        });
        // One of its own jobs ends it.
        let (ended_tx, ended_rx) = mpsc::channel();
        let owner = Arc::clone(&server);
        let end = move || ended_tx.send(owner.shutdown(Duration::MAX)).unwrap();
        server.submit(end).expect("it is not shut down");
        let report = ended_rx.recv().unwrap();
        let accepted: usize = clients.map(|client| client.join().unwrap()).iter().sum();
        let mut expected = Report::default();
        (expected.running, expected.completed) = (1, accepted);
        assert_eq!(report, expected);
    });
}
