//! What `pool` promises.

use std::panic::panic_any;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use super::support::{Bomb, Gate, Ledger};
use crossbeam_channel::TrySendError;
use proptest::prelude::*;
use testkit::{LIMIT, count, panic_of, within};
use worker_pool::pool::{Pool, Report};

fn start(workers: usize, queue: usize) -> Pool {
    Pool::new(count(workers), queue, drop).expect("some threads start")
}

fn execute(pool: &Pool, job: impl FnOnce() + Send + 'static) {
    pool.execute(job).expect("the pool is open");
}

fn report(completed: u64, failed: u64, abandoned: u64) -> Report {
    Report {
        completed,
        failed,
        abandoned,
    }
}

#[derive(Clone, Copy, Debug)]
enum End {
    Drain,
    DrainWithin,
    Abort,
    Drop,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_end_accounts_for_every_job(
        good in prop::collection::vec(any::<bool>(), 0..60),
        workers in 1_usize..4,
        queue in 0_usize..4,
        end in prop_oneof![Just(End::Drain), Just(End::DrainWithin), Just(End::Abort), Just(End::Drop)],
    ) {
        let (told, (completed, failed, abandoned)) = within(move || {
            let (pool, ledger) = (start(workers, queue), Ledger::default());
            let account = pool.account();
            for good in good {
                execute(&pool, ledger.job(move || if !good { panic_any("a bad job") }));
            }
            let told = match end {
                End::Drain => pool.drain(),
                End::DrainWithin => pool.drain_within(LIMIT).expect("there is time enough"),
                End::Abort => pool.abort(),
                End::Drop => { drop(pool); account.report() }
            };
            (told, ledger.outcome())
        });
        prop_assert_eq!(told, report(completed, failed, abandoned));
        prop_assert!(abandoned == 0 || matches!(end, End::Abort));
    }
}

#[test]
fn a_drain_runs_all_that_was_accepted() {
    within(|| {
        let (pool, ledger) = (start(3, 1), Ledger::default());
        // From several threads, as a server would.
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..250).for_each(|_| execute(&pool, ledger.job(|| ()))));
            }
        });
        assert_eq!(pool.drain(), report(1_000, 0, 0));
        assert_eq!(ledger.outcome(), (1_000, 0, 0));
    });
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let pool = start(4, 0);
        let barrier = Arc::new(Barrier::new(4));
        for _ in 0..40 {
            let barrier = Arc::clone(&barrier);
            execute(&pool, move || {
                barrier.wait();
            });
        }
        assert_eq!(pool.drain().completed, 40);
    });
}

#[test]
fn a_full_queue_gives_the_job_back() {
    within(|| {
        let pool = start(1, 2);
        let (gate, job) = Gate::new();
        execute(&pool, job);
        gate.wait_until_entered();
        let done = Arc::new(AtomicU64::new(0));
        let add = |n| {
            let done = Arc::clone(&done);
            move || {
                done.fetch_add(n, SeqCst);
            }
        };
        pool.try_execute(add(1)).expect("there is room for two");
        pool.try_execute(add(10)).expect("there is room for two");
        let Err(TrySendError::Full(job)) = pool.try_execute(add(100)) else {
            panic!("there is no room for a third");
        };
        // `execute` waits for room, which there is once the gate is open.
        thread::scope(|scope| {
            scope.spawn(|| execute(&pool, job));
            gate.open();
        });
        assert_eq!(pool.drain(), report(4, 0, 0));
        assert_eq!(done.load(SeqCst), 111);
    });
}

#[test]
fn a_closed_pool_gives_the_job_back() {
    within(|| {
        let (pool, ledger) = (start(1, 2), Ledger::default());
        execute(&pool, ledger.job(|| ()));
        pool.close();
        let Err(TrySendError::Disconnected(first)) = pool.execute(ledger.job(|| ())) else {
            panic!("it is closed");
        };
        let Err(TrySendError::Disconnected(second)) = pool.try_execute(ledger.job(|| ())) else {
            panic!("it is closed");
        };
        first();
        second();
        assert_eq!(pool.drain(), report(1, 0, 0));
        assert_eq!(ledger.outcome(), (3, 0, 0));
    });
}

#[test]
fn a_job_that_panics_leaves_the_pool_whole() {
    within(|| {
        let payloads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&payloads);
        let on_panic = move |payload: Box<dyn std::any::Any + Send>| {
            seen.lock()
                .unwrap()
                .push(*payload.downcast_ref::<usize>().unwrap());
        };
        let pool = Pool::new(count(1), 4, on_panic).unwrap();
        let worker = Arc::new(Mutex::new(Vec::new()));
        for n in 0_usize..6 {
            let worker = Arc::clone(&worker);
            execute(&pool, move || {
                worker.lock().unwrap().push(thread::current().id());
                if n % 2 == 0 {
                    drop(worker); // Lest it be poisoned.
                    panic_any(n);
                }
            });
        }
        assert_eq!(pool.drain(), report(3, 3, 0));
        assert_eq!(*payloads.lock().unwrap(), [0, 2, 4]);
        let workers = worker.lock().unwrap();
        assert!(
            workers.iter().all(|id| *id == workers[0]),
            "the thread has been replaced"
        );
    });
}

#[test]
fn nothing_that_is_the_users_ends_a_worker() {
    within(|| {
        // A callback that panics, with a payload that panics when it is dropped.
        let pool = Pool::new(count(1), 4, |_| panic_any(Bomb)).unwrap();
        execute(&pool, || panic_any("a bad job"));
        execute(&pool, || ());
        assert_eq!(pool.drain(), report(1, 1, 0));

        // A job that does not run, and panics when it is dropped. The other ends when it is gone.
        let pool = start(1, 4);
        let (gate, job) = Gate::new();
        execute(&pool, job);
        gate.wait_until_entered();
        let (bomb, key) = (Bomb, gate.key());
        execute(&pool, move || drop((bomb, key)));
        gate.open();
        assert_eq!(pool.abort(), report(1, 0, 1));
    });
}

#[test]
fn an_abort_discards_the_queue() {
    within(|| {
        let (pool, ledger) = (start(1, 5), Ledger::default());
        let (gate, job) = Gate::new();
        execute(&pool, ledger.job(job));
        gate.wait_until_entered();
        // Nothing but the abort can open the gate: these have the keys, and are queued behind it.
        for _ in 0..5 {
            let key = gate.key();
            execute(&pool, ledger.job(move || drop(key)));
        }
        gate.open();
        assert_eq!(pool.abort(), report(1, 0, 5));
        assert_eq!(ledger.outcome(), (1, 0, 5));
    });
}

/// What a job owns may take long to drop. Here it takes until the worker has come to the next job.
#[test]
fn no_job_begins_while_the_queue_is_discarded() {
    struct SlowDrop(Option<Gate>, mpsc::Receiver<()>);
    impl Drop for SlowDrop {
        fn drop(&mut self) {
            if let Some(gate) = self.0.take() {
                gate.open();
            }
            let _ = self.1.recv(); // Until the next job is gone.
        }
    }
    for limit in [None, Some(Duration::ZERO)] {
        within(move || {
            let (pool, ledger) = (start(1, 3), Ledger::default());
            let account = pool.account();
            let (gate, job) = Gate::new();
            execute(&pool, ledger.job(job));
            gate.wait_until_entered();
            let (gone_tx, gone_rx) = mpsc::channel::<()>();
            let slow = SlowDrop(Some(gate), gone_rx);
            execute(&pool, ledger.job(move || drop(slow)));
            execute(&pool, ledger.job(move || drop(gone_tx)));
            match limit {
                None => drop(pool.abort()),
                Some(limit) => {
                    let overtime = pool.drain_within(limit).expect_err("a job runs");
                    for worker in overtime.workers {
                        worker.join().expect("no worker panics");
                    }
                }
            }
            assert_eq!(account.report(), report(1, 0, 2));
            assert_eq!(ledger.outcome(), (1, 0, 2));
        });
    }
}

#[test]
fn a_job_that_outlasts_the_limit_is_told() {
    within(|| {
        let (pool, ledger) = (start(2, 5), Ledger::default());
        let (gate, job) = Gate::new();
        execute(&pool, || ());
        execute(&pool, ledger.job(job));
        gate.wait_until_entered();
        let (second_gate, job) = Gate::new();
        execute(&pool, ledger.job(job));
        second_gate.wait_until_entered();
        for _ in 0..5 {
            execute(&pool, ledger.job(|| ()));
        }
        let overtime = pool.drain_within(Duration::ZERO).unwrap_err();
        assert_eq!(overtime.report, report(1, 0, 7));
        assert_eq!(overtime.to_string(), "7 jobs not done by the limit");
        // The queue is gone at once, and the threads end once their jobs do.
        assert_eq!(Ledger::get(&ledger.dropped), 5);
        gate.open();
        second_gate.open();
        for worker in overtime.workers {
            worker.join().unwrap();
        }
        assert_eq!(ledger.outcome(), (2, 0, 5));
    });
}

/// Waits when it is dropped.
struct Lingering(mpsc::Receiver<()>);

impl Drop for Lingering {
    fn drop(&mut self) {
        assert!(self.0.recv().is_err());
    }
}

#[test]
fn a_callback_that_is_slow_to_drop_is_not_waited_for() {
    within(|| {
        let (end_tx, end_rx) = mpsc::channel();
        let lingering = Mutex::new(Lingering(end_rx));
        let on_panic = move |_| drop(lingering.lock());
        let pool = Pool::new(count(2), 1, on_panic).unwrap();
        let limit = Duration::from_millis(1);
        let overtime = pool.drain_within(limit).unwrap_err();
        assert_eq!(overtime.report, report(0, 0, 0));
        drop(end_tx);
        for worker in overtime.workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn a_drain_with_a_limit_in_a_job_is_overtime() {
    within(|| {
        let pool = Arc::new(start(1, 1));
        let (go_tx, go_rx) = mpsc::channel();
        let (told_tx, told_rx) = mpsc::channel();
        let last = Arc::clone(&pool);
        execute(&pool, move || {
            go_rx.recv().unwrap();
            let pool = Arc::into_inner(last).unwrap();
            told_tx.send(pool.drain_within(Duration::ZERO)).unwrap();
        });
        drop(pool);
        go_tx.send(()).unwrap();
        let overtime = told_rx.recv().unwrap().unwrap_err();
        assert_eq!(overtime.report, report(0, 0, 1));
        for worker in overtime.workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn the_last_owner_may_be_a_job() {
    within(|| {
        for workers in [1, 3] {
            let (pool, ledger) = (Arc::new(start(workers, 8)), Ledger::default());
            let (go_tx, go_rx) = mpsc::channel();
            let (gone_tx, gone_rx) = mpsc::channel::<()>();
            let last = Arc::clone(&pool);
            let drop_last = ledger.job(move || {
                go_rx.recv().unwrap();
                drop(last);
            });
            let others = (0..5).map(|_| ledger.job(|| ()));
            let gone = gone_tx.clone();
            execute(&pool, move || {
                drop_last();
                drop(gone);
            });
            for job in others {
                let gone = gone_tx.clone();
                execute(&pool, move || {
                    job();
                    drop(gone);
                });
            }
            drop((gone_tx, pool));
            go_tx.send(()).unwrap();
            // That worker goes on after the drop, and ends alone when the others are done, too.
            assert!(gone_rx.recv().is_err());
            assert_eq!(ledger.outcome(), (6, 0, 0));
        }
    });
}

#[test]
fn a_panic_of_the_owner_drains_the_pool() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            let pool = start(2, 8);
            for _ in 0..4 {
                execute(&pool, ledger.job(|| panic_any("a bad job")));
            }
            panic_any("the owner's own")
        });
        assert_eq!(message, "the owner's own");
        assert_eq!(ledger.outcome(), (0, 4, 0));
    });
}

#[test]
fn an_account_outlives_the_pool() {
    within(|| {
        let pool = start(1, 1);
        let account = pool.account();
        let (gate, job) = Gate::new();
        execute(&pool, job);
        gate.wait_until_entered();
        assert_eq!(account.report(), report(0, 0, 1));
        gate.open();
        drop(pool);
        assert_eq!(account.report(), report(1, 0, 0));
    });
}

#[test]
fn a_hundred_pools_end() {
    within(|| {
        for round in 0..100 {
            let (pool, ledger) = (start(2, 1), Ledger::default());
            for _ in 0..round % 5 {
                execute(&pool, ledger.job(|| ()));
            }
            drop(pool);
            assert_eq!(ledger.outcome(), (round % 5, 0, 0));
        }
    });
}
