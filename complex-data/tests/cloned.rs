//! What `cloned` promises:
//!
//! - checkpoints and state are those of a loop: `checkpoints_are_those_of_a_loop`
//! - one clone for each checkpoint: `only_checkpoints_are_cloned`
//! - the worker is never far ahead: `the_worker_is_never_far_ahead_of_the_caller`
//! - a caller that stops early stops the worker, and gets the state so far:
//!   `a_caller_that_stops_early_stops_the_worker`
//! - panics come out of the join, after the checkpoints: `a_panic_in_the_worker_comes_in_its_turn`
//! - a panic of the caller stops the worker: `a_panic_in_the_caller_stops_the_worker`
//! - zero items, or no thread left, is a panic: `zero_items_are_refused`,
//!   `a_thread_that_cannot_start_is_a_panic`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use complex_data::cloned::fold_with_checkpoints;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, panic_of, within};

proptest! {
    #[test]
    fn checkpoints_are_those_of_a_loop(
        items in prop::collection::vec(any::<u32>(), 0..100),
        every in 1_usize..20,
        capacity in 0_usize..4,
    ) {
        // A step that depends on the order.
        let mix = |state: &mut u64, n| *state = state.wrapping_mul(31).wrapping_add(u64::from(n));
        let (mut expected, mut state) = (Vec::new(), 7);
        for chunk in items.chunks(every) {
            for &n in chunk {
                mix(&mut state, n);
            }
            expected.extend((chunk.len() == every).then_some(state));
        }
        expected.push(state);
        let folded = within(move || thread::scope(|scope| {
            let (checkpoints, worker) = fold_with_checkpoints(scope, items, 7, every, capacity, mix);
            let mut folded: Vec<u64> = checkpoints.into_iter().collect();
            folded.push(worker.join().unwrap());
            folded
        }));
        prop_assert_eq!(folded, expected);
    }
}

#[test]
fn only_checkpoints_are_cloned() {
    struct Counted(Arc<AtomicUsize>);

    impl Clone for Counted {
        fn clone(&self) -> Self {
            self.0.fetch_add(1, SeqCst);
            Self(Arc::clone(&self.0))
        }
    }

    within(|| {
        let clones = Arc::default();
        let state = Counted(Arc::clone(&clones));
        thread::scope(|scope| {
            let (saved, _) = fold_with_checkpoints(scope, 0..105, state, 10, 3, |_, _| ());
            assert_eq!(saved.into_iter().count(), 10);
        });
        assert_eq!(clones.load(SeqCst), 10);
    });
}

#[test]
fn the_worker_is_never_far_ahead_of_the_caller() {
    within(|| {
        for capacity in 0..4 {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let items = lead.limited(MANY, capacity + 2);
            thread::scope(|scope| {
                let step = |(): &mut (), _| ();
                let (checkpoints, _) = fold_with_checkpoints(scope, items, (), 1, capacity, step);
                for () in checkpoints {
                    lead.take();
                }
            });
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_the_worker() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            // The items have no end: only the failed send ends the worker.
            let items = ledger.items();
            let state = thread::scope(|scope| {
                let step = |state: &mut usize, _| *state += 1;
                let (saved, worker) = fold_with_checkpoints(scope, items, 0, 3, capacity, step);
                assert!(saved.into_iter().take(5).eq([3, 6, 9, 12, 15]));
                worker.join().unwrap()
            });
            assert!(state % 3 == 0 && state <= (5 + capacity + 1) * 3, "{state}");
            assert_eq!(ledger.handed_out(), state);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_the_worker_comes_in_its_turn() {
    within(|| {
        for (bad_item, bad_step) in [(20, 99), (99, 20)] {
            let items = (0..).inspect(|&n| assert!(n != bad_item, "20 is bad"));
            let step = |(): &mut (), n| assert!(n != bad_step, "20 is bad");
            thread::scope(|scope| {
                let (saved, worker) = fold_with_checkpoints(scope, items, (), 1, 1, step);
                assert_eq!(saved.into_iter().count(), 20);
                let payload = worker.join().unwrap_err();
                assert_eq!(payload.downcast_ref(), Some(&"20 is bad"));
            });
        }
    });
}

#[test]
fn a_panic_in_the_caller_stops_the_worker() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let items = ledger.items();
                let (saved, _) = fold_with_checkpoints(scope, items, (), 2, 1, |(), _| ());
                panic!("{:?} and the caller's own", saved.recv());
            })
        });
        assert_eq!(message, "Ok(()) and the caller's own");
        ledger.assert_all_dropped();
    });
}

/// The message of the panic at the call.
fn refusal(every: usize) -> String {
    panic_of(|| {
        thread::scope(|scope| drop(fold_with_checkpoints(scope, [1], (), every, 1, |(), _| ())));
    })
}

#[test]
fn zero_items_are_refused() {
    assert_eq!(refusal(0), "there must be an item between two checkpoints");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic() {
    std::thread::leave(0);
    assert!(refusal(1).starts_with("the system has a thread left"));
}
