//! What `std_only` promises.

use std::panic::panic_any;
use std::sync::mpsc::{self, TrySendError};
use std::sync::{Arc, Barrier};
use std::thread;

use super::support::{Bomb, Gate, Ledger};
use testkit::{count, panic_of, within};
use worker_pool::std_only::{Pool, Report};

fn start(workers: usize, queue: usize) -> Pool {
    Pool::new(count(workers), queue).expect("some threads start")
}

#[test]
fn a_drain_runs_all_that_was_accepted() {
    within(|| {
        for queue in 0..3 {
            let (pool, ledger) = (start(3, queue), Ledger::default());
            // From several threads, as a server would.
            thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| (0..250).for_each(|_| pool.execute(ledger.job(|| ()))));
                }
            });
            let report = Report {
                completed: 1_000,
                failed: 0,
            };
            assert_eq!(pool.drain(), report);
            assert_eq!(ledger.outcome(), (1_000, 0, 0));
        }
    });
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let pool = start(4, 0);
        let barrier = Arc::new(Barrier::new(4));
        for _ in 0..40 {
            let barrier = Arc::clone(&barrier);
            pool.execute(move || {
                barrier.wait();
            });
        }
        assert_eq!(pool.drain().completed, 40);
    });
}

#[test]
fn a_full_queue_gives_the_job_back() {
    within(|| {
        let (pool, ledger) = (start(1, 1), Ledger::default());
        let (gate, job) = Gate::new();
        pool.execute(ledger.job(job));
        gate.wait_until_entered();
        pool.try_execute(ledger.job(|| ()))
            .expect("there is room for one");
        let Err(TrySendError::Full(job)) = pool.try_execute(ledger.job(|| ())) else {
            panic!("there is no room for a second");
        };
        // `execute` waits for room, which there is once the gate is open.
        thread::scope(|scope| {
            scope.spawn(|| pool.execute(job));
            gate.open();
        });
        assert_eq!(pool.drain().completed, 3);
        assert_eq!(ledger.outcome(), (3, 0, 0));
    });
}

#[test]
fn a_job_that_panics_leaves_the_pool_whole() {
    within(|| {
        let (pool, ledger) = (start(1, 1), Ledger::default());
        for n in 0..6 {
            pool.execute(ledger.job(move || {
                if n % 2 == 0 {
                    panic_any("a bad job")
                }
            }));
        }
        // The worst of payloads, and a job behind it.
        pool.execute(ledger.job(|| panic_any(Bomb)));
        pool.execute(ledger.job(|| ()));
        let report = Report {
            completed: 4,
            failed: 4,
        };
        assert_eq!(pool.drain(), report);
        assert_eq!(ledger.outcome(), (4, 4, 0));
    });
}

#[test]
fn the_last_owner_may_be_a_job() {
    within(|| {
        let (pool, ledger) = (Arc::new(start(1, 8)), Ledger::default());
        let (go_tx, go_rx) = mpsc::channel();
        let (gone_tx, gone_rx) = mpsc::channel::<()>();
        let last = Arc::clone(&pool);
        pool.execute(ledger.job(move || {
            go_rx.recv().unwrap();
            drop(last);
        }));
        let job = ledger.job(|| ());
        pool.execute(move || {
            job();
            drop(gone_tx);
        });
        drop(pool);
        go_tx.send(()).unwrap();
        // The worker goes on after the drop, and ends alone.
        assert!(gone_rx.recv().is_err());
        assert_eq!(ledger.outcome(), (2, 0, 0));
    });
}

#[test]
#[cfg(not(modelled))] // While a panic unwinds, no other thread runs there.
fn a_panic_of_the_owner_drains_the_pool() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            let pool = start(2, 8);
            for _ in 0..4 {
                pool.execute(ledger.job(|| panic_any("a bad job")));
            }
            panic_any("the owner's own")
        });
        assert_eq!(message, "the owner's own");
        assert_eq!(ledger.outcome(), (0, 4, 0));
    });
}

#[test]
fn a_hundred_pools_end() {
    within(|| {
        for round in 0..100 {
            let (pool, ledger) = (start(2, 1), Ledger::default());
            for _ in 0..round % 5 {
                pool.execute(ledger.job(|| ()));
            }
            drop(pool);
            assert_eq!(ledger.outcome(), (round % 5, 0, 0));
        }
    });
}
