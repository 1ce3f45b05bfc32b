//! - a drop is a `finish`: `a_drop_runs_all_that_was_accepted`
//! - room for one job is room: `one_place_is_room`
//! - the last owner may be a job: `the_last_owner_may_be_a_job_of_the_pool`,
//!   `the_last_owners_of_two_pools_may_be_jobs_of_each_other`
//! - a job may finish it, and does not wait for itself:
//!   `a_pool_that_is_finished_in_its_own_job_waits_for_the_others`
//! - a job waits for younger pools: `a_pool_that_was_started_in_a_job_is_waited_for`
//! - threads have names, other ones on request: `threads_are_named`
//! - no worker, or no thread left, is a panic or an error: `no_worker_is_refused`,
//!   `a_thread_that_cannot_start_is_an_error_and_no_hang`

use std::sync::{Arc, Mutex, mpsc};
use std::thread::{self, Builder};

use testkit::{Ledger, ROUNDS, panic_of, within};

use super::{Pool, finished};

fn start(workers: usize, queue: usize) -> Pool {
    Pool::start(workers, queue).expect("some threads start")
}

#[test]
fn a_drop_runs_all_that_was_accepted() {
    within(|| {
        for jobs in (0..5).cycle().take(ROUNDS) {
            let (pool, ledger) = (start(2, 1), Ledger::default());
            for item in ledger.items().take(jobs) {
                pool.execute(move || drop(item));
            }
            drop(pool);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn one_place_is_room() {
    within(|| {
        let pool = start(1, 4);
        let (end_tx, end_rx) = mpsc::channel::<()>();
        let end_rx = Arc::new(Mutex::new(end_rx));
        // Ends when it is told to, or when nobody is left to tell.
        let job = || {
            let end_rx = Arc::clone(&end_rx);
            move || _ = end_rx.lock().unwrap().recv()
        };
        // One runs, the others fill the queue: were one to wait for more than a place, none would come.
        (0..5).for_each(|_| pool.execute(job()));
        for _ in 0..3 {
            end_tx.send(()).unwrap();
            pool.execute(job());
        }
        drop(end_tx);
        assert_eq!(pool.finish().completed, 8);
    });
}

#[test]
fn the_last_owner_may_be_a_job_of_the_pool() {
    within(|| {
        for workers in [1, 3] {
            let (pool, ledger) = (Arc::new(start(workers, 8)), Ledger::default());
            let (gone_tx, gone_rx) = mpsc::channel::<()>();
            for item in ledger.items().take(6) {
                let (owner, gone_tx) = (Arc::clone(&pool), gone_tx.clone());
                pool.execute(move || {
                    drop(owner);
                    drop((item, gone_tx));
                });
            }
            drop((pool, gone_tx));
            // The threads go on without the pool, and end alone.
            assert!(gone_rx.recv().is_err());
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_last_owners_of_two_pools_may_be_jobs_of_each_other() {
    within(|| {
        let pools = [Arc::new(start(1, 1)), Arc::new(start(1, 1))];
        let (gone_tx, gone_rx) = mpsc::channel::<()>();
        let (met_tx, met_rx) = mpsc::sync_channel(0);
        let [first, second] = pools.clone().map(|owner| (owner, gone_tx.clone()));
        // Both are in their jobs before either goes.
        pools[1].execute(move || {
            met_tx.send(()).expect("the other job is there");
            drop(first);
        });
        pools[0].execute(move || {
            met_rx.recv().expect("the other job is there");
            drop(second);
        });
        drop((pools, gone_tx));
        assert!(gone_rx.recv().is_err());
    });
}

#[test]
fn a_pool_that_is_finished_in_its_own_job_waits_for_the_others() {
    within(|| {
        let pool = Arc::new(start(2, 1));
        let (pool_tx, pool_rx) = mpsc::channel::<Arc<Pool>>();
        let (report_tx, report_rx) = mpsc::channel();
        pool.execute(move || {
            let pool = Arc::into_inner(pool_rx.recv().unwrap());
            report_tx.send(pool.unwrap().finish()).unwrap();
        });
        pool.execute(|| ());
        pool_tx.send(pool).unwrap();
        let report = report_rx.recv().unwrap();
        assert_eq!((report.completed, report.failed), (1, 0));
    });
}

#[test]
fn a_pool_that_was_started_in_a_job_is_waited_for() {
    within(|| {
        let ledger = Ledger::default();
        let items = ledger.items();
        let report = finished(1, 1, |pool| {
            pool.execute(move || {
                let inner = start(2, 1);
                for item in items.take(5) {
                    inner.execute(move || drop(item));
                }
                drop(inner);
                let inner = start(2, 1);
                inner.execute(|| ());
                assert_eq!(inner.finish().completed, 1);
            });
        });
        assert_eq!((report.completed, report.failed), (1, 0));
        ledger.assert_all_dropped();
    });
}

#[test]
fn threads_are_named() {
    within(|| {
        let named = (0..2).map(|id| Builder::new().name(format!("io-{id}")).stack_size(1 << 20));
        let pools = [
            start(2, 0),
            Pool::start_on(named, 0).expect("some threads start"),
        ];
        for (pool, prefix) in pools.into_iter().zip(["worker-", "io-"]) {
            let report = {
                for _ in 0..4 {
                    pool.execute(move || {
                        let thread = thread::current();
                        let name = thread.name().expect("it has a name");
                        assert!(["0", "1"].contains(&name.strip_prefix(prefix).expect(name)));
                    });
                }
                pool.finish()
            };
            assert_eq!((report.completed, report.failed), (4, 0));
        }
    });
}

#[test]
fn no_worker_is_refused() {
    assert_eq!(panic_of(|| start(0, 1)), "there must be a worker");
    let none = std::iter::empty();
    assert_eq!(
        panic_of(|| Pool::start_on(none, 1)),
        "there must be a worker"
    );
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_an_error_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        assert!(Pool::start(3, 0).is_err());
    }
}
