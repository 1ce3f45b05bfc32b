//! What `with_rayon` promises:
//! - each item gives one result, in order or, from an iterator, in any:
//!   `the_results_are_those_of_a_serial_map`
//! - a panic of the work or of the items reaches the caller: `a_panic_reaches_the_caller`
//! - from an iterator, it ends the work: `a_panic_ends_the_stream`
//! - it works on one thread, and within itself: `one_thread_is_enough`

use std::sync::Barrier;

use fan_out_fan_in::with_rayon::{fan_out, fan_out_stream};
use proptest::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use testkit::{panic_of, within};

fn pool(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads).build();
    pool.expect("there are threads left")
}

proptest! {
    #[test]
    fn the_results_are_those_of_a_serial_map(items in prop::collection::vec(any::<u32>(), 0..200)) {
        let square = |n| u64::from(n) * u64::from(n);
        let mut serial: Vec<u64> = items.iter().map(|&n| square(n)).collect();
        let (ordered, mut streamed) = within(move || {
            (fan_out(&items, |&n| square(n)), fan_out_stream(items, square))
        });
        prop_assert_eq!(&ordered, &serial);
        serial.sort_unstable();
        streamed.sort_unstable();
        prop_assert_eq!(streamed, serial);
    }
}

#[test]
fn a_panic_reaches_the_caller() {
    within(|| {
        let work = |n: usize| assert!(n != 20, "item 20 is bad");
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(panic_of(|| fan_out(&items, |&n| work(n))), "item 20 is bad");
        assert_eq!(panic_of(|| fan_out_stream(items, work)), "item 20 is bad");
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        assert_eq!(panic_of(|| fan_out_stream(items, drop)), "no more input");
    });
}

#[test]
fn a_panic_ends_the_stream() {
    within(|| {
        // Both threads are at work when one panics, and the input has no end.
        let both = Barrier::new(2);
        let work = |n: usize| {
            if n < 2 {
                both.wait();
            }
            assert!(n != 0, "item 0 is bad");
        };
        let message = panic_of(|| pool(2).install(|| fan_out_stream(0.., work)));
        assert_eq!(message, "item 0 is bad");
    });
}

#[test]
fn one_thread_is_enough() {
    within(|| {
        let inner = |&n: &usize| fan_out_stream(0..n, |n| n).len();
        let results = pool(1).install(|| fan_out(&[1, 2, 3], inner));
        assert_eq!(results, [1, 2, 3]);
    });
}
