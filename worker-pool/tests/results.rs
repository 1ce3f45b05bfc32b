//! What `results` promises.

use std::panic::panic_any;
use std::sync::mpsc;
use std::thread;

use super::support::Gate;
use testkit::{count, panic_of, within};
use worker_pool::pool::Pool;
use worker_pool::results::{Failure, Handle, task};

#[test]
fn a_handle_yields_the_value() {
    within(|| {
        let pool = Pool::new(count(2), 1, drop).unwrap();
        let handles: Vec<Handle<u32>> = (0..100)
            .map(|n| {
                let (job, handle) = task(move || n * n);
                pool.execute(job).unwrap();
                handle
            })
            .collect();
        let values = handles.into_iter().map(|handle| handle.wait().unwrap());
        assert!(values.eq((0..100).map(|n| n * n)));
    });
}

#[test]
fn a_handle_yields_the_panic() {
    within(|| {
        let pool = Pool::new(count(1), 1, drop).unwrap();
        let (job, handle) = task(|| -> u32 { panic!("item {} is bad", 20) });
        pool.execute(job).unwrap();
        let failure = handle.wait().unwrap_err();
        assert_eq!(failure.to_string(), "the job panicked: item 20 is bad");
        assert_eq!(pool.drain().failed, 1);

        let (job, handle) = task(|| -> u32 { panic_any(42) });
        assert_eq!(panic_of(job), "the handle has taken the panic of this job");
        let Err(Failure::Panicked(payload)) = handle.wait() else {
            panic!("it panicked");
        };
        assert_eq!(payload.downcast_ref(), Some(&42));
    });
}

#[test]
fn a_job_that_is_dropped_is_abandoned() {
    within(|| {
        let (job, handle) = task(|| ());
        drop(job);
        assert!(matches!(handle.wait(), Err(Failure::Abandoned)));

        // In an aborted pool: the handles learn of it while a job that will not end still runs.
        let pool = Pool::new(count(1), 5, drop).unwrap();
        let (gate, blocker) = Gate::new();
        pool.execute(blocker).unwrap();
        gate.wait_until_entered();
        let (job, handle) = task(|| 1);
        pool.execute(job).unwrap();
        let abort = thread::spawn(|| pool.abort());
        assert!(matches!(handle.wait(), Err(Failure::Abandoned)));
        gate.open();
        let report = abort.join().unwrap();
        assert_eq!((report.completed, report.abandoned), (1, 1));
    });
}

/// Without the `panic_handler`, this would abort the process.
#[test]
#[cfg(not(modelled))] // Its pool is rayon's.
fn a_panic_on_rayon_comes_to_the_handle_and_the_handler() {
    within(|| {
        let (panic_tx, panic_rx) = mpsc::channel();
        let handler = move |payload| panic_tx.send(payload).expect("the test waits");
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        let pool = pool.panic_handler(handler).build().unwrap();
        let (job, handle) = task(|| -> u32 { panic!("item {} is bad", 20) });
        pool.spawn(job);
        let failure = handle.wait().unwrap_err();
        assert_eq!(failure.to_string(), "the job panicked: item 20 is bad");
        assert!(panic_rx.recv().unwrap().is::<&str>());
    });
}

#[test]
fn a_handle_may_be_dropped() {
    within(|| {
        let (job, handle) = task(|| 1);
        drop(handle);
        job();
        let (job, handle) = task(|| panic_any("item 20 is bad"));
        drop(handle);
        assert_eq!(panic_of(job), "item 20 is bad");
    });
}
