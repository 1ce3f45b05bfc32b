//! What `with_rayon` promises.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use fan_out_fan_in::with_rayon::{fan_out, fan_out_stream};
use proptest::prelude::*;
use testkit::{panic_of, within};

fn square(n: u32) -> u64 {
    u64::from(n) * u64::from(n)
}

proptest! {
    #[test]
    fn the_results_are_those_of_a_serial_map(items in prop::collection::vec(any::<u32>(), 0..200)) {
        let serial: Vec<u64> = items.iter().copied().map(square).collect();
        prop_assert_eq!(within(move || fan_out(&items, |&n| square(n))), serial);
    }

    #[test]
    fn a_bridge_yields_every_result_in_any_order(items in prop::collection::vec(any::<u32>(), 0..200)) {
        let mut serial: Vec<u64> = items.iter().copied().map(square).collect();
        let mut parallel = within(move || fan_out_stream(items.into_iter(), square));
        serial.sort_unstable();
        parallel.sort_unstable();
        prop_assert_eq!(parallel, serial);
    }
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let work = |n: usize| assert!(n != 20, "item 20 is bad");
        let items: Vec<usize> = (0..100).collect();
        assert_eq!(panic_of(|| fan_out(&items, |&n| work(n))), "item 20 is bad");
        assert_eq!(panic_of(|| fan_out_stream(0..100, work)), "item 20 is bad");
    });
}

#[test]
fn a_panic_in_the_work_ends_the_stream() {
    within(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap();
        // Both threads are at work when one panics, and the input has no end.
        let both = Barrier::new(2);
        let work = |n: usize| {
            if n < 2 {
                both.wait();
            }
            assert!(n != 0, "item 0 is bad");
        };
        let message = panic_of(|| pool.install(|| fan_out_stream(0.., work)));
        assert_eq!(message, "item 0 is bad");
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let message = panic_of(|| fan_out_stream(items, |n: usize| n));
        assert_eq!(message, "no more input");
    });
}

#[test]
fn one_thread_is_enough() {
    within(|| {
        let done = AtomicUsize::new(0);
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let results = pool.install(|| {
            let inner = |&n: &u32| fan_out_stream(0..n, |_| done.fetch_add(1, SeqCst)).len();
            fan_out(&[1, 2, 3], inner)
        });
        assert_eq!((results, done.into_inner()), (vec![1, 2, 3], 6));
    });
}
