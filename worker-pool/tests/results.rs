//! What `results` promises:
//!
//! - a handle yields the value: `each_handle_yields_the_value_of_its_job`
//! - or the panic, which the pool counts, too: `a_panic_comes_to_the_handle_and_to_the_pool`,
//!   `a_panic_on_rayon_comes_to_the_handle_and_to_the_handler`
//! - a job that is dropped is an error at once: `a_job_that_is_dropped_is_abandoned`
//! - one may wait for a while, and again: `a_limit_that_is_over_leaves_the_result_for_later`
//! - a handle may be dropped: `a_handle_may_be_dropped`
//! - jobs may borrow: `a_result_may_borrow_from_the_caller`
//! - failures go through `?`: `a_failure_goes_through_a_question_mark`

use std::panic::panic_any;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use testkit::{LIMIT, Ledger, panic_of, within};
use worker_pool::results::{Failure, task};
use worker_pool::{pool, scoped};

#[test]
fn each_handle_yields_the_value_of_its_job() {
    within(|| {
        let pool = pool::Pool::start(2, 1).unwrap();
        let submit = |n: u32| {
            let (job, handle) = task(move || n * n);
            pool.execute(job);
            handle
        };
        let handles: Vec<_> = (0..20).map(submit).collect();
        let values = handles.into_iter().map(|handle| handle.wait().unwrap());
        assert!(values.eq((0..20).map(|n| n * n)));
    });
}

#[test]
fn a_panic_comes_to_the_handle_and_to_the_pool() {
    within(|| {
        let pool = pool::Pool::start(1, 1).unwrap();
        let (job, handle) = task(|| -> u32 { panic!("item {} is bad", 20) });
        pool.execute(job);
        let failure = handle.wait().unwrap_err();
        assert_eq!(failure.to_string(), "the job panicked: item 20 is bad");
        assert_eq!(pool.finish().failed, 1);

        let (job, handle) = task(|| -> u32 { panic_any(42) });
        assert_eq!(panic_of(job), "the handle has the panic of this job");
        let Err(Failure::Panicked { message, payload }) = handle.wait() else {
            panic!("it has panicked");
        };
        assert_eq!(message, "without a message");
        assert_eq!(payload.into_inner().unwrap().downcast_ref(), Some(&42));
    });
}

/// Without the `panic_handler`, this would abort the process.
#[test]
#[cfg(not(modelled))] // Its pool is rayon's.
fn a_panic_on_rayon_comes_to_the_handle_and_to_the_handler() {
    within(|| {
        let (panic_tx, panic_rx) = mpsc::channel();
        let handler = move |payload| panic_tx.send(payload).expect("the test waits");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        let pool = pool.panic_handler(handler).build().unwrap();
        let (job, handle) = task(|| -> u32 { panic_any("item 20 is bad") });
        pool.spawn(job);
        let failure = handle.wait().unwrap_err();
        assert_eq!(failure.to_string(), "the job panicked: item 20 is bad");
        assert!(panic_rx.recv().unwrap().is::<&str>());
    });
}

#[test]
fn a_job_that_is_dropped_is_abandoned() {
    within(|| {
        let ledger = Ledger::default();
        let item = ledger.item(0);
        let (job, handle) = task(move || item);
        let thread = thread::spawn(|| drop(job));
        let failure = handle.wait().unwrap_err();
        assert_eq!(failure.to_string(), "the job was dropped before it ran");
        thread.join().unwrap();
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_limit_that_is_over_leaves_the_result_for_later() {
    within(|| {
        let (job, handle) = task(|| 42);
        let failure = handle.wait_timeout(Duration::ZERO).unwrap_err();
        let late = "the job has not ended within the limit";
        assert_eq!(failure.to_string(), late);
        job();
        assert_eq!(handle.wait_timeout(LIMIT).unwrap(), 42);
        assert!(matches!(handle.wait(), Err(Failure::Abandoned)));
    });
}

#[test]
fn a_handle_may_be_dropped() {
    within(|| {
        let ledger = Ledger::default();
        let item = ledger.item(0);
        let (job, handle) = task(move || item);
        let thread = thread::spawn(job);
        drop(handle);
        thread.join().unwrap();
        ledger.assert_all_dropped();

        let (job, handle) = task(|| panic_any("item 20 is bad"));
        drop(handle);
        assert_eq!(panic_of(job), "item 20 is bad");
    });
}

#[test]
fn a_result_may_borrow_from_the_caller() {
    within(|| {
        let text = String::from("one two");
        let words = thread::scope(|scope| {
            let pool = scoped::Pool::start(scope, 1, 1);
            let (job, handle) = task(|| text.split(' '));
            pool.execute(job);
            handle.wait().unwrap()
        });
        assert!(words.eq(["one", "two"]));
    });
}

#[test]
fn a_failure_goes_through_a_question_mark() {
    fn fails() -> anyhow::Result<()> {
        let (job, handle) = task(|| ());
        drop(job);
        handle.wait()?;
        Ok(())
    }
    assert!(fails().unwrap_err().is::<Failure>());
}
