//! What `with_rayon` promises.

use std::panic::panic_any;
use std::sync::{Barrier, mpsc};

use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use testkit::within;
use worker_pool::with_rayon::run;

fn threads(n: usize) -> ThreadPool {
    ThreadPoolBuilder::new()
        .num_threads(n)
        .build()
        .expect("some threads start")
}

proptest! {
    #[test]
    fn the_results_are_those_of_a_serial_run(numbers in prop::collection::vec(any::<u32>(), 0..100)) {
        let serial: Vec<u64> = numbers.iter().map(|&n| u64::from(n) + 1).collect();
        let results = within(move || {
            run(&threads(3), numbers.into_iter().map(|n| move || u64::from(n) + 1).collect())
        });
        prop_assert!(results.into_iter().map(|result| result.expect("no job panics")).eq(serial));
    }
}

#[test]
fn a_job_that_panics_harms_no_other() {
    within(|| {
        let jobs: Vec<_> = (0..100)
            .map(|n| {
                move || {
                    if n == 20 {
                        panic_any("item 20 is bad")
                    } else {
                        n
                    }
                }
            })
            .collect();
        for (n, result) in run(&threads(2), jobs).into_iter().enumerate() {
            match result {
                Ok(value) => assert_eq!(value, n),
                Err(payload) => {
                    assert_eq!((n, payload.downcast_ref()), (20, Some(&"item 20 is bad")));
                }
            }
        }
    });
}

#[test]
fn jobs_borrow_from_the_caller() {
    within(|| {
        let mut numbers = [1, 2, 3];
        let jobs: Vec<_> = numbers.iter_mut().map(|number| || *number *= 2).collect();
        run(&threads(2), jobs);
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
                let barrier = Barrier::new(2);
                let meet = &|n| {
                    if n == first || n == second {
                        barrier.wait();
                    }
                };
                let jobs = (0..8).map(|n| move || meet(n)).collect();
                assert!(run(&pool, jobs).iter().all(Result::is_ok));
            }
        }
    });
}

#[test]
fn one_thread_is_enough() {
    within(|| {
        let (ended_tx, ended_rx) = mpsc::channel();
        let pool = ThreadPoolBuilder::new().num_threads(1);
        let pool = pool.exit_handler(move |_| ended_tx.send(()).expect("the test waits"));
        let pool = pool.build().unwrap();
        // A job may start jobs of its own, even where it holds the only thread.
        let nested = || run(&pool, vec![|| 1, || 2]).len();
        let results = run(&pool, vec![nested; 3]);
        let counts: Vec<_> = results.into_iter().map(Result::unwrap).collect();
        assert_eq!(counts, [2, 2, 2]);
        // The thread ends with the pool.
        assert!(ended_rx.try_recv().is_err());
        drop(pool);
        assert_eq!(ended_rx.recv(), Ok(()));
    });
}
