//! - each job runs once, and is completed or failed: `each_job_runs_once_and_is_counted`
//! - several threads may give it jobs: `jobs_come_from_several_threads`
//! - the workers work at the same time: `the_workers_work_at_the_same_time`
//! - a full queue makes `execute` wait: `a_full_queue_makes_the_caller_wait`
//! - a full queue makes `try_execute` give the job back: `a_full_queue_gives_the_job_back`
//! - a job that panics harms no other: `a_job_that_panics_leaves_its_worker_whole`
//! - and leaves nothing behind: `what_a_job_panics_with_is_dropped`
//! - no payload ends a worker: `a_payload_that_panics_when_it_is_dropped_ends_no_worker`
//! - all jobs have run at the end, even if that is a panic: `a_panic_of_the_owner_comes_after_the_jobs`

use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, panic_of, within};

use super::super::support::{Bomb, gate};
use super::finished;

proptest! {
    #[test]
    fn each_job_runs_once_and_is_counted(
        good in prop::collection::vec(any::<bool>(), 0..60),
        workers in 1_usize..4,
        queue in 0_usize..4,
    ) {
        let completed = good.iter().filter(|&&good| good).count();
        let failed = good.len() - completed;
        let ran = Arc::new(AtomicUsize::new(0));
        let report = {
            let ran = Arc::clone(&ran);
            within(move || finished(workers, queue, |pool| {
                for good in good {
                    let ran = Arc::clone(&ran);
                    pool.execute(move || {
                        ran.fetch_add(1, SeqCst);
                        if !good { panic_any("a bad job") }
                    });
                }
            }))
        };
        prop_assert_eq!((report.completed, report.failed), (completed, failed));
        prop_assert_eq!(ran.load(SeqCst), completed + failed);
    }
}

#[test]
fn jobs_come_from_several_threads() {
    within(|| {
        for queue in 0..4 {
            let ledger = Ledger::default();
            let report = finished(2, queue, |pool| {
                thread::scope(|scope| {
                    for _ in 0..3 {
                        scope.spawn(|| {
                            for item in ledger.items().take(MANY / 10) {
                                pool.execute(move || drop(item));
                            }
                        });
                    }
                });
            });
            assert_eq!(report.completed, 3 * (MANY / 10));
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        for queue in 0..3 {
            let all_three = Arc::new(Barrier::new(3));
            let report = finished(3, queue, |pool| {
                for _ in 0..9 {
                    let all_three = Arc::clone(&all_three);
                    pool.execute(move || {
                        all_three.wait();
                    });
                }
            });
            assert_eq!(report.completed, 9);
        }
    });
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    within(|| {
        for (workers, queue) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            finished(workers, queue, |pool| {
                // One more is in the caller's hand.
                for _ in lead.limited(MANY, workers + queue + 1) {
                    let lead = lead.clone();
                    pool.execute(move || lead.take());
                }
            });
        }
    });
}

#[test]
fn a_full_queue_gives_the_job_back() {
    within(|| {
        let ledger = Ledger::default();
        let job = |number| {
            let item = ledger.item(number);
            move || drop(item)
        };
        let report = finished(1, 2, |pool| {
            let (key, begun_rx, in_gate) = gate();
            pool.execute(in_gate);
            begun_rx.recv().unwrap();
            assert!(pool.try_execute(job(0)).is_ok() && pool.try_execute(job(1)).is_ok());
            let back = pool.try_execute(job(2)).err();
            assert_eq!(ledger.alive(), 3);
            back.expect("there is room for two")();
            assert_eq!(ledger.alive(), 2);
            drop(key);
        });
        assert_eq!(report.completed, 3);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_job_that_panics_leaves_its_worker_whole() {
    within(|| {
        let threads = Arc::new(Mutex::new(Vec::new()));
        let report = finished(1, 1, |pool| {
            for n in 0..6 {
                let threads = Arc::clone(&threads);
                pool.execute(move || {
                    threads.lock().unwrap().push(thread::current().id());
                    assert!(n % 2 == 0, "a bad job");
                });
            }
        });
        assert_eq!((report.completed, report.failed), (3, 3));
        let threads = threads.lock().unwrap();
        assert!(threads.len() == 6 && threads.iter().all(|id| *id == threads[0]));
    });
}

#[test]
fn what_a_job_panics_with_is_dropped() {
    within(|| {
        let ledger = Ledger::default();
        let report = finished(2, 1, |pool| {
            for item in ledger.items().take(10) {
                pool.execute(move || panic_any(item));
            }
        });
        assert_eq!(report.failed, 10);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_of_the_owner_comes_after_the_jobs() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            finished(2, 8, |pool| {
                for item in ledger.items().take(8) {
                    pool.execute(move || panic_any(item));
                }
                panic_any("the owner's own")
            })
        });
        assert_eq!(message, "the owner's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_payload_that_panics_when_it_is_dropped_ends_no_worker() {
    within(|| {
        let report = finished(1, 0, |pool| {
            pool.execute(|| panic_any(Bomb));
            pool.execute(|| ());
        });
        assert_eq!((report.completed, report.failed), (1, 1));
    });
}
