//! What `with_rayon` promises:
//!
//! - each job runs once, and the results are in order: `the_results_are_those_of_a_serial_run`
//! - a job that panics harms no other: `a_job_that_panics_harms_no_other`
//! - jobs may borrow: `jobs_borrow_from_the_caller`
//! - no job waits for one that has begun: `a_job_that_takes_long_holds_up_no_other`
//! - jobs may start jobs, even on one thread: `a_job_may_start_jobs_of_its_own`

use std::panic::panic_any;
use std::sync::Barrier;

use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use testkit::within;
use worker_pool::with_rayon::run;

fn threads(n: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(n).build();
    pool.expect("some threads start")
}

proptest! {
    #[test]
    fn the_results_are_those_of_a_serial_run(numbers in prop::collection::vec(any::<u32>(), 0..100)) {
        let plus_one = |n: u32| move || u64::from(n) + 1;
        let serial: Vec<u64> = numbers.iter().map(|&n| plus_one(n)()).collect();
        let results = within(move || run(&threads(3), numbers.into_iter().map(plus_one)));
        prop_assert!(results.into_iter().map(|result| result.expect("no job panics")).eq(serial));
    }
}

#[test]
fn a_job_that_panics_harms_no_other() {
    within(|| {
        let job = |n| move || if n == 20 { panic_any("a bad job") } else { n };
        for (n, result) in run(&threads(2), (0..100).map(job)).into_iter().enumerate() {
            match result {
                Ok(value) => assert_eq!(value, n),
                Err(payload) => assert_eq!((n, payload.downcast_ref()), (20, Some(&"a bad job"))),
            }
        }
    });
}

#[test]
fn jobs_borrow_from_the_caller() {
    within(|| {
        let mut numbers = [1, 2, 3];
        run(
            &threads(2),
            numbers.iter_mut().map(|number| || *number *= 2),
        );
        assert_eq!(numbers, [2, 4, 6]);
    });
}

/// Two jobs wait for each other, which no job should; but here it shows that while one of them
/// holds a thread, the other comes to the second thread, wherever in the list they are.
#[test]
fn a_job_that_takes_long_holds_up_no_other() {
    within(|| {
        let pool = threads(2);
        for second in 1..8 {
            for first in 0..second {
                let barrier = &Barrier::new(2);
                let job = |n| move || (n == first || n == second).then(|| barrier.wait());
                assert!(run(&pool, (0..8).map(job)).iter().all(Result::is_ok));
            }
        }
    });
}

#[test]
fn a_job_may_start_jobs_of_its_own() {
    within(|| {
        let pool = threads(1);
        let nested = || run(&pool, [|| 1, || 2]).len();
        let counts = run(&pool, [nested; 3]).into_iter().map(Result::unwrap);
        assert!(counts.eq([2, 2, 2]));
    });
}
