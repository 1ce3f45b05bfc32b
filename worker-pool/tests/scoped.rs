//! What `scoped` promises: most of it is what the other pools do, so those tests are the same.
//!
//! - jobs may borrow, and change, what outlives the scope: `jobs_borrow_from_the_caller`
//! - without `finish`, a panic of a job is one of the scope: `an_unseen_panic_of_a_job_ends_the_scope`
//! - no worker, or no thread left, is a panic: `no_worker_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::thread;

use testkit::{Ledger, panic_of, within};
use worker_pool::scoped::{Pool, Report};

#[path = "variants/jobs.rs"]
mod jobs;

/// What becomes of the jobs that `body` gives to a pool.
fn finished(workers: usize, queue: usize, body: impl for<'a> FnOnce(&Pool<'a>)) -> Report {
    thread::scope(|scope| {
        let pool = Pool::start(scope, workers, queue);
        body(&pool);
        pool.finish()
    })
}

#[test]
fn jobs_borrow_from_the_caller() {
    within(|| {
        for queue in 0..3 {
            let mut numbers: Vec<u32> = (0..20).collect();
            thread::scope(|scope| {
                let pool = Pool::start(scope, 2, queue);
                for number in &mut numbers {
                    pool.execute(|| *number *= 2);
                }
            });
            assert!(numbers.into_iter().eq((0..20).map(|number| 2 * number)));
        }
    });
}

#[test]
fn an_unseen_panic_of_a_job_ends_the_scope() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let pool = Pool::start(scope, 1, 1);
                for item in ledger.items().take(4) {
                    pool.execute(move || assert!(item.number != 1, "a bad job"));
                }
            });
        });
        assert_eq!(message, "a scoped thread panicked");
        ledger.assert_all_dropped();
    });
}

#[test]
fn no_worker_is_refused() {
    let message = panic_of(|| finished(0, 1, |_| ()));
    assert_eq!(message, "there must be a worker");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        let message = panic_of(|| finished(3, 0, |_| ()));
        assert!(
            message.starts_with("the system has a thread left"),
            "{message}"
        );
    }
}
