//! What they do not show: a pool that is dropped while a panic unwinds. Nobody else runs then.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::{bounded, unbounded};
use verify::model::std::sync::Arc;
use verify::model::std::thread;
use verify::model::std::time::Duration;

use crate::patterns::worker_pool::results::{Failure, task};
use crate::patterns::worker_pool::{pool, scoped, std_only};
use crate::support::{Item, Ledger, Log, count, fail, fails, numbers, sorted};

const JOBS: u64 = 3;

/// What both pools can do.
trait Pool: Sized + Send + Sync + 'static {
    fn start(workers: usize, queue: usize) -> Self;
    fn run(&self, job: impl FnOnce() + Send + 'static);
    /// Whether there was room.
    fn try_run(&self, job: impl FnOnce() + Send + 'static) -> bool;
    /// How many jobs were completed, and how many failed.
    fn end(self) -> (u64, u64);
}

impl Pool for pool::Pool {
    fn start(workers: usize, queue: usize) -> Self {
        Self::new(count(workers), queue, drop).expect("the model has threads")
    }

    fn run(&self, job: impl FnOnce() + Send + 'static) {
        assert!(self.execute(job).is_ok(), "the pool is open");
    }

    fn try_run(&self, job: impl FnOnce() + Send + 'static) -> bool {
        self.try_execute(job).is_ok()
    }

    fn end(self) -> (u64, u64) {
        let report = self.drain();
        assert_eq!(report.abandoned, 0);
        (report.completed, report.failed)
    }
}

impl Pool for std_only::Pool {
    fn start(workers: usize, queue: usize) -> Self {
        Self::new(count(workers), queue).expect("the model has threads")
    }

    fn run(&self, job: impl FnOnce() + Send + 'static) {
        self.execute(job);
    }

    fn try_run(&self, job: impl FnOnce() + Send + 'static) -> bool {
        self.try_execute(job).is_ok()
    }

    fn end(self) -> (u64, u64) {
        let report = self.drain();
        (report.completed, report.failed)
    }
}

/// A job that leaves the number of its item.
fn job(log: &Log, item: Item) -> impl FnOnce() + Send + use<> {
    let log = log.clone();
    move || {
        log.push(item.number);
        drop(item);
    }
}

/// What both pools promise.
macro_rules! scenarios {
    ($variant:ident, $pool:ty, $queue:expr) => {
        mod $variant {
            use super::*;

            #[test]
            fn runs_each_job_once() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    let pool = <$pool>::start(2, $queue);
                    ledger
                        .items(JOBS)
                        .for_each(|item| pool.run(job(&log, item)));
                    assert_eq!(pool.end(), (JOBS, 0));
                    assert_eq!(sorted(log.numbers()), [0, 1, 2]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn runs_the_jobs_of_several_threads() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    let pool = <$pool>::start(1, $queue);
                    thread::scope(|scope| {
                        scope.spawn(|| pool.run(job(&log, ledger.item(2))));
                        ledger.items(2).for_each(|item| pool.run(job(&log, item)));
                    });
                    assert_eq!(pool.end(), (JOBS, 0));
                    let mut order = log.numbers();
                    order.retain(|number| *number < 2);
                    assert_eq!((order, log.len()), (vec![0, 1], 3));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_drop_runs_all_that_was_accepted() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    let pool = <$pool>::start(2, $queue);
                    ledger
                        .items(JOBS)
                        .for_each(|item| pool.run(job(&log, item)));
                    drop(pool);
                    assert_eq!(log.len(), 3);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_job_that_panics_leaves_the_pool_whole() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    // Were the worker to go, there would be no other.
                    let pool = <$pool>::start(1, $queue);
                    for item in ledger.items(JOBS) {
                        let number = item.number;
                        let job = job(&log, item);
                        pool.run(move || if number == 1 { fail() } else { job() });
                    }
                    assert_eq!(pool.end(), (2, 1));
                    assert_eq!(log.numbers(), [0, 2]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_full_queue_gives_the_job_back() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    let (open_tx, open_rx) = bounded::<()>(0);
                    let pool = <$pool>::start(1, $queue);
                    let mut accepted = 0;
                    for item in ledger.items(4) {
                        let (job, open_rx) = (job(&log, item), open_rx.clone());
                        let waits = move || {
                            assert!(open_rx.recv().is_err());
                            job();
                        };
                        accepted += u64::from(pool.try_run(waits));
                    }
                    let at_most = 1 + $queue;
                    assert!(accepted <= at_most, "{accepted} of {at_most}");
                    drop(open_tx);
                    assert_eq!(pool.end(), (accepted, 0));
                    assert_eq!(log.len() as u64, accepted);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_full_queue_makes_the_caller_wait() {
                explore(|| {
                    let (accepted, log) = (Log::default(), Log::default());
                    let pool = <$pool>::start(1, $queue);
                    for number in 0..JOBS {
                        let (seen, log) = (accepted.clone(), log.clone());
                        pool.run(move || log.push(seen.len() as u64));
                        accepted.push(number);
                    }
                    assert_eq!(pool.end(), (JOBS, 0));
                    for (taken, accepted) in (1..).zip(log.numbers()) {
                        assert!(accepted <= taken + $queue, "{taken} taken of {accepted}");
                    }
                });
            }

            /// Else they would wait for each other for ever.
            #[test]
            fn two_jobs_run_at_the_same_time() {
                explore(|| {
                    let (tx, rx) = bounded::<()>(0);
                    let pool = <$pool>::start(2, $queue);
                    pool.run(move || tx.send(()).expect("the other job is there"));
                    pool.run(move || rx.recv().expect("the other job sends"));
                    assert_eq!(pool.end(), (2, 0));
                });
            }

            #[test]
            fn the_last_owner_may_be_a_job() {
                explore(|| {
                    let (ledger, log) = (Ledger::default(), Log::default());
                    let (ended_tx, ended_rx) = unbounded::<()>();
                    let pool = Arc::new(<$pool>::start(2, $queue));
                    for item in ledger.items(2) {
                        let (job, owner) = (job(&log, item), Arc::clone(&pool));
                        let ended_tx = ended_tx.clone();
                        pool.run(move || {
                            job();
                            drop(owner);
                            drop(ended_tx);
                        });
                    }
                    drop((pool, ended_tx));
                    // Over when both jobs are.
                    assert!(ended_rx.recv().is_err());
                    assert_eq!(sorted(log.numbers()), [0, 1]);
                    ledger.assert_empty();
                });
            }
        }
    };
}

scenarios!(pool_with_room, pool::Pool, 1);
scenarios!(pool_rendezvous, pool::Pool, 0);
scenarios!(std_only_with_room, std_only::Pool, 1);
scenarios!(std_only_rendezvous, std_only::Pool, 0);

#[test]
fn pool_takes_no_more_once_it_is_closed() {
    explore_each([0, 1], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let pool = pool::Pool::start(1, queue);
        let accepted = thread::scope(|scope| {
            scope.spawn(|| pool.close());
            let items = ledger.items(JOBS);
            let accepted = items.map_while(|item| pool.execute(job(&log, item)).ok());
            accepted.count() as u64
        });
        assert!(pool.try_execute(|| ()).is_err());
        let report = pool.drain();
        assert_eq!((report.completed, report.abandoned), (accepted, 0));
        assert!(log.numbers().into_iter().eq(0..accepted), "{log:?}");
        ledger.assert_empty();
    });
}

#[test]
fn pool_aborted_accounts_for_every_job() {
    explore_each([0, 1, 3], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let pool = pool::Pool::start(2, queue);
        let account = pool.account();
        for item in ledger.items(JOBS) {
            let number = item.number;
            let job = job(&log, item);
            pool.run(move || if number == 0 { fail() } else { job() });
        }
        let report = pool.abort();
        let sum = report.completed + report.failed + report.abandoned;
        assert_eq!((sum, account.report()), (JOBS, report));
        assert_eq!(log.len() as u64, report.completed);
        ledger.assert_empty();
    });
}

/// A pool with one job that waits until those behind it are gone.
fn blocked(ledger: &Ledger, log: &Log) -> pool::Pool {
    let pool = pool::Pool::start(1, 2);
    let (gone_tx, gone_rx) = unbounded::<()>();
    let (begun_tx, begun_rx) = unbounded();
    let first = job(log, ledger.item(0));
    pool.run(move || {
        begun_tx.send(()).expect("it is waited for");
        assert!(gone_rx.recv().is_err());
        first();
    });
    for number in [1, 2] {
        let (job, gone_tx) = (job(log, ledger.item(number)), gone_tx.clone());
        pool.run(move || {
            job();
            drop(gone_tx);
        });
    }
    // Or else it might be discarded, too.
    begun_rx.recv().expect("the first job begins");
    pool
}

#[test]
fn pool_aborted_discards_the_queue_and_waits_for_what_runs() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let report = blocked(&ledger, &log).abort();
        assert_eq!((report.completed, report.abandoned), (1, 2));
        assert_eq!(log.numbers(), [0]);
        ledger.assert_empty();
    });
}

#[test]
fn pool_drained_to_its_limit_tells_what_still_runs() {
    explore(|| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let pool = blocked(&ledger, &log);
        let account = pool.account();
        let overtime = pool.drain_within(Duration::from_secs(1));
        let overtime = overtime.expect_err("the first job waits");
        // Since the queue is discarded, it may have gone on.
        let report = overtime.report;
        assert_eq!(report.completed + report.abandoned, 3);
        for worker in overtime.workers {
            worker.join().expect("no worker panics");
        }
        let report = account.report();
        assert_eq!((report.completed, report.abandoned), (1, 2));
        assert_eq!(log.numbers(), [0]);
        ledger.assert_empty();
    });
}

#[test]
fn pool_drained_with_a_limit_accounts_for_every_job() {
    explore_each([0, 1, 3], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let pool = pool::Pool::start(2, queue);
        ledger
            .items(JOBS)
            .for_each(|item| pool.run(job(&log, item)));
        match pool.drain_within(Duration::from_secs(1)) {
            Ok(report) => assert_eq!((report.completed, report.abandoned), (JOBS, 0)),
            Err(overtime) => {
                let report = overtime.report;
                assert_eq!(report.completed + report.abandoned, JOBS);
                for worker in overtime.workers {
                    worker.join().expect("no worker panics");
                }
                // What was in hand may have been completed.
                assert!(log.len() as u64 <= report.completed + 2);
            }
        }
        ledger.assert_empty();
    });
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        fail();
    }
}

#[test]
fn pool_aborted_survives_jobs_whose_drop_panics() {
    explore(|| {
        let pool = pool::Pool::start(1, 3);
        for bomb in [Bomb, Bomb, Bomb] {
            pool.run(move || drop(bomb));
        }
        let report = pool.abort();
        assert_eq!((report.completed, report.failed + report.abandoned), (0, 3));
    });
}

#[test]
fn pool_hands_each_payload_on_and_survives_that() {
    explore(|| {
        let log = Log::default();
        let seen = log.clone();
        let on_panic = move |payload: Box<dyn Any + Send>| {
            seen.push(*payload.downcast().expect("a number"));
            fail()
        };
        let pool = pool::Pool::new(count(1), 1, on_panic).expect("the model has threads");
        for number in 0..JOBS {
            pool.run(move || fail_with(number));
        }
        assert_eq!(pool.end(), (0, JOBS));
        assert_eq!(log.numbers(), [0, 1, 2]);
    });
}

fn fail_with(number: u64) -> ! {
    resume_unwind(Box::new(number))
}

/// What `body` panics with, of [`fail_with`].
fn failure_of<T>(body: impl FnOnce() -> T) -> Option<u64> {
    let payload = catch_unwind(AssertUnwindSafe(body)).err()?;
    Some(*payload.downcast().expect("a number"))
}

#[test]
fn scoped_runs_each_job_once() {
    explore_each([0, 1], |queue| {
        let (ledger, mut seen) = (Ledger::default(), [0; 3]);
        let out = scoped::pool(count(2), queue, |pool| {
            for (item, seen) in ledger.items(JOBS).zip(&mut seen) {
                pool.execute(move || {
                    *seen += 1 + item.number;
                    drop(item);
                });
            }
            "out"
        });
        assert_eq!((out, seen), ("out", [1, 2, 3]));
        ledger.assert_empty();
    });
}

#[test]
fn scoped_gives_the_job_back_when_the_queue_is_full() {
    explore_each([0, 1], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (open_tx, open_rx) = bounded::<()>(0);
        let accepted = scoped::pool(count(1), queue, |pool| {
            let _open_tx = open_tx;
            let accepted = ledger.items(4).filter_map(|item| {
                let (job, open_rx) = (job(&log, item), &open_rx);
                let waits = move || {
                    assert!(open_rx.recv().is_err());
                    job();
                };
                pool.try_execute(waits).ok()
            });
            accepted.count()
        });
        assert!(accepted <= 1 + queue, "{accepted} of {queue} and 1");
        assert_eq!(log.len(), accepted);
        ledger.assert_empty();
    });
}

#[test]
fn scoped_passes_on_the_first_panic_of_a_job_when_all_have_run() {
    explore_each([0, 1], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let run = || {
            scoped::pool(count(1), queue, |pool| {
                for item in ledger.items(4) {
                    let log = &log;
                    pool.execute(move || {
                        log.push(item.number);
                        if item.number % 2 == 1 {
                            fail_with(item.number);
                        }
                        drop(item);
                    });
                }
            });
        };
        assert_eq!(failure_of(run), Some(1));
        assert_eq!(log.numbers(), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

#[test]
fn scoped_passes_on_a_panic_of_some_job_of_several_workers() {
    explore(|| {
        let run = || {
            scoped::pool(count(2), 0, |pool| {
                pool.execute(|| fail_with(1));
                pool.execute(|| fail_with(2));
            });
        };
        assert!(matches!(failure_of(run), Some(1 | 2)));
    });
}

#[test]
fn scoped_passes_on_a_panic_of_the_body_when_all_jobs_have_run() {
    explore_each([0, 1], |queue| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let run = || {
            scoped::pool(count(2), queue, |pool| {
                pool.execute(|| fail_with(1));
                ledger
                    .items(2)
                    .for_each(|item| pool.execute(job(&log, item)));
                fail()
            });
        };
        assert!(fails(run));
        assert_eq!(sorted(log.numbers()), [0, 1]);
        ledger.assert_empty();
    });
}

#[test]
fn results_come_to_their_handles_also_when_the_pool_is_aborted() {
    explore(|| {
        let ledger = Ledger::default();
        let pool = pool::Pool::start(2, 1);
        let mut handles = Vec::new();
        for item in ledger.items(JOBS) {
            let (job, handle) = task(move || if item.number == 0 { fail() } else { item });
            pool.run(job);
            handles.push(handle);
        }
        let waiting = thread::spawn(move || {
            let (mut values, mut failed, mut abandoned) = (Vec::new(), 0, 0);
            for handle in handles {
                match handle.wait() {
                    Ok(item) => values.push(item),
                    Err(Failure::Panicked(_)) => failed += 1,
                    Err(Failure::Abandoned) => abandoned += 1,
                }
            }
            (numbers(values), failed, abandoned)
        });
        let report = pool.abort();
        let (values, failed, abandoned) = waiting.join().expect("it waits and no more");
        assert_eq!(values.len() as u64, report.completed);
        assert_eq!((failed, abandoned), (report.failed, report.abandoned));
        assert!(values.is_sorted() && !values.contains(&0), "{values:?}");
        ledger.assert_empty();
    });
}

#[test]
fn results_are_kept_until_they_are_asked_for() {
    explore(|| {
        let ledger = Ledger::default();
        let pool = std_only::Pool::start(1, 1);
        let handles = [0, 1].map(|number| {
            let item = ledger.item(number);
            let (job, handle) = task(move || item);
            pool.run(job);
            handle
        });
        assert_eq!(pool.end(), (2, 0));
        let values = handles.map(|handle| handle.wait().expect("it has run"));
        assert_eq!(numbers(values), [0, 1]);
        ledger.assert_empty();
    });
}

#[test]
fn results_of_a_panic_are_seen_on_both_sides() {
    explore(|| {
        let (job, handle) = task(|| fail_with(7));
        let thread = thread::spawn(job);
        let Err(Failure::Panicked(payload)) = handle.wait() else {
            unreachable!("it has panicked");
        };
        assert_eq!(payload.downcast_ref(), Some(&7_u64));
        assert!(thread.join().is_err());
    });
}

#[test]
fn results_that_nobody_waits_for_are_dropped() {
    explore(|| {
        let ledger = Ledger::default();
        let item = ledger.item(0);
        let (job, handle) = task(move || item);
        let thread = thread::spawn(job);
        drop(handle);
        thread.join().expect("the work does not panic");
        ledger.assert_empty();
    });
}

#[test]
fn results_that_are_panics_reach_the_thread_when_nobody_waits() {
    explore(|| {
        let (job, handle) = task(|| fail_with(7));
        let thread = thread::spawn(job);
        drop(handle);
        assert!(thread.join().is_err());
    });
}

#[test]
fn results_of_a_job_that_is_dropped_are_an_error_at_once() {
    explore(|| {
        let ledger = Ledger::default();
        let item = ledger.item(0);
        let (job, handle) = task(move || item);
        let thread = thread::spawn(move || drop(job));
        assert!(matches!(handle.wait(), Err(Failure::Abandoned)));
        thread.join().expect("it drops and no more");
        ledger.assert_empty();
    });
}
