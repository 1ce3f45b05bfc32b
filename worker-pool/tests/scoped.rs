//! What `scoped` promises.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};

use super::support::{Bomb, Gate, Ledger};
use crossbeam_channel::TrySendError;
use proptest::prelude::*;
use testkit::{count, panic_of, within};
use worker_pool::scoped::pool;

proptest! {
    #[test]
    fn jobs_borrow_from_the_caller(
        numbers in prop::collection::vec(any::<u32>(), 0..100),
        workers in 1_usize..4,
        queue in 0_usize..4,
    ) {
        let mut doubled: Vec<u64> = numbers.iter().copied().map(u64::from).collect();
        let doubled = within(move || {
            pool(count(workers), queue, |pool| {
                for number in &mut doubled {
                    pool.execute(|| *number *= 2);
                }
            });
            doubled
        });
        prop_assert!(doubled.into_iter().eq(numbers.into_iter().map(|number| u64::from(number) * 2)));
    }
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(4);
        pool(count(4), 0, |pool| {
            for _ in 0..40 {
                pool.execute(|| {
                    barrier.wait();
                });
            }
        });
    });
}

#[test]
fn a_full_queue_gives_the_job_back() {
    within(|| {
        let done = AtomicU64::new(0);
        let add = |n| {
            let done = &done;
            move || {
                done.fetch_add(n, SeqCst);
            }
        };
        pool(count(1), 1, |pool| {
            let (gate, job) = Gate::new();
            pool.execute(job);
            gate.wait_until_entered();
            pool.try_execute(add(1)).expect("there is room for one");
            let Err(TrySendError::Full(job)) = pool.try_execute(add(10)) else {
                panic!("there is no room for a second");
            };
            gate.open();
            pool.execute(job);
        });
        assert_eq!(done.into_inner(), 11);
    });
}

#[test]
fn a_panic_of_a_job_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            pool(count(1), 1, |pool| {
                pool.execute(ledger.job(|| ()));
                pool.execute(ledger.job(|| panic_any("the first bad job")));
                pool.execute(ledger.job(|| panic_any("the second bad job")));
                pool.execute(ledger.job(|| ()));
            });
        });
        assert_eq!(message, "the first bad job");
        assert_eq!(ledger.outcome(), (2, 2, 0));
    });
}

#[test]
fn no_payload_ends_a_worker() {
    within(|| {
        let ledger = Ledger::default();
        let caught = catch_unwind(AssertUnwindSafe(|| {
            pool(count(1), 0, |pool| {
                // All but the first payload are dropped unseen, and panic when they are.
                for _ in 0..3 {
                    pool.execute(ledger.job(|| panic_any(Bomb)));
                }
                pool.execute(ledger.job(|| ()));
            });
        }));
        mem::forget(caught.unwrap_err().downcast::<Bomb>().unwrap());
        assert_eq!(ledger.outcome(), (1, 3, 0));
    });
}

#[test]
fn the_payload_of_a_job_is_not_dropped_in_a_panic_of_the_body() {
    struct Tell(mpsc::Sender<()>);

    impl Drop for Tell {
        // Where this one tells, another might panic, in the midst of a panic.
        fn drop(&mut self) {
            self.0.send(()).unwrap();
        }
    }

    within(|| {
        let (dropped_tx, dropped_rx) = mpsc::channel();
        let message = panic_of(|| {
            pool(count(1), 1, |pool| {
                pool.execute(|| panic_any(Tell(dropped_tx.clone())));
                panic_any("the caller's own")
            })
        });
        assert_eq!(message, "the caller's own");
        assert!(dropped_rx.try_recv().is_err());
    });
}

#[test]
fn a_panic_of_the_body_comes_after_the_jobs() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            pool(count(2), 8, |pool| {
                for _ in 0..8 {
                    pool.execute(ledger.job(|| ()));
                }
                panic_any("the caller's own")
            })
        });
        assert_eq!(message, "the caller's own");
        assert_eq!(ledger.outcome(), (8, 0, 0));
    });
}

#[test]
fn a_hundred_pools_end() {
    within(|| {
        for round in 0..100 {
            let ledger = Ledger::default();
            let out = pool(count(2), 1, |pool| {
                for _ in 0..round % 5 {
                    pool.execute(ledger.job(|| ()));
                }
                round
            });
            assert_eq!((out, ledger.outcome()), (round, (round % 5, 0, 0)));
        }
    });
}
