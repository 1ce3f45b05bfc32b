//! What `cloned` promises.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use complex_data::cloned::fold_with_checkpoints;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

/// A step that depends on the order.
fn mix(state: &mut u64, n: u32) {
    *state = state.wrapping_mul(31).wrapping_add(u64::from(n));
}

/// A state that counts its clones.
#[derive(Default)]
struct Counted {
    items: usize,
    clones: Arc<AtomicUsize>,
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, SeqCst);
        Self {
            items: self.items,
            clones: Arc::clone(&self.clones),
        }
    }
}

proptest! {
    #[test]
    fn checkpoints_are_those_of_a_loop(
        items in prop::collection::vec(any::<u32>(), 0..100),
        every in 1_usize..20,
        capacity in 0_usize..4,
    ) {
        let (mut state, mut checkpoints) = (7, Vec::new());
        for chunk in items.chunks(every) {
            for &n in chunk {
                mix(&mut state, n);
            }
            if chunk.len() == every {
                checkpoints.push(state);
            }
        }
        let folded = within(move || {
            fold_with_checkpoints(items.into_iter(), 7, count(every), capacity, mix, |saved| saved.collect())
        });
        prop_assert_eq!(folded, (state, checkpoints));
    }
}

#[test]
fn a_checkpoint_and_the_state_are_independent() {
    within(|| {
        let push = |state: &mut Vec<usize>, n| state.push(n);
        let spoil = |mut checkpoint: Vec<usize>| {
            let was = checkpoint.clone();
            checkpoint.fill(99);
            (was, checkpoint)
        };
        let (state, saved) =
            fold_with_checkpoints(0..6, Vec::new(), count(2), 0, push, |checkpoints| {
                checkpoints.map(spoil).collect::<Vec<_>>()
            });
        // What was sent did not change with the state, nor the state with what became of it.
        let was: Vec<_> = saved.iter().map(|(was, _)| was.clone()).collect();
        assert_eq!(was, [vec![0, 1], vec![0, 1, 2, 3], vec![0, 1, 2, 3, 4, 5]]);
        assert_eq!(state, [0, 1, 2, 3, 4, 5]);
        // All are still there, each in memory of its own.
        assert!(
            saved
                .iter()
                .all(|(_, spoilt)| spoilt.as_ptr() != state.as_ptr())
        );
    });
}

#[test]
fn only_checkpoints_are_cloned() {
    within(|| {
        let (state, saved) = fold_with_checkpoints(
            0..105,
            Counted::default(),
            count(10),
            3,
            |state, _| state.items += 1,
            |checkpoints| checkpoints.count(),
        );
        assert_eq!((state.items, saved), (105, 10));
        assert_eq!(state.clones.load(SeqCst), 10);
    });
}

#[test]
fn the_worker_is_never_far_ahead_of_the_caller() {
    within(|| {
        for capacity in 0..4 {
            let lead = Lead::default();
            let step = |(): &mut (), n: usize| {
                if n.is_multiple_of(10) {
                    // One more than promised: the caller has it in hand and has not yet counted it.
                    let ahead = lead.hand_out();
                    assert!(
                        ahead <= capacity + 2,
                        "{ahead} ahead at capacity {capacity}"
                    );
                }
            };
            let ((), saved) =
                fold_with_checkpoints(1..=10_000, (), count(10), capacity, step, |checkpoints| {
                    checkpoints.inspect(|()| lead.take()).count()
                });
            assert_eq!(saved, 1_000);
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_the_worker() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            // The items have no end: only the failed send ends the worker.
            let (state, saved) = fold_with_checkpoints(
                ledger.items(),
                0,
                count(3),
                capacity,
                |state, _: Tracked| *state += 1,
                |checkpoints| checkpoints.take(5).collect::<Vec<usize>>(),
            );
            assert_eq!(saved, [3, 6, 9, 12, 15]);
            assert!(state % 3 == 0 && state <= (5 + capacity + 1) * 3, "{state}");
            assert_eq!(ledger.handed_out(), state);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_the_worker_reaches_the_caller() {
    within(|| {
        let mut saved = 0;
        let bad_step = |(): &mut (), n| assert!(n != 20, "item 20 is bad");
        let message = panic_of(|| {
            fold_with_checkpoints(0.., (), count(1), 1, bad_step, |checkpoints| {
                checkpoints.for_each(|()| saved += 1);
            })
        });
        assert_eq!((message.as_str(), saved), ("item 20 is bad", 20));

        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let message = panic_of(|| {
            fold_with_checkpoints(
                items,
                (),
                count(1),
                1,
                |(), _: u32| (),
                |checkpoints| checkpoints.for_each(|()| saved += 1),
            )
        });
        assert_eq!((message.as_str(), saved), ("no more input", 40));
    });
}

#[test]
fn a_panic_in_the_caller_stops_the_worker() {
    within(|| {
        let ledger = Ledger::default();
        let message = panic_of(|| {
            fold_with_checkpoints(
                ledger.items(),
                (),
                count(2),
                1,
                |(), _| (),
                |_| panic!("the caller's own"),
            )
        });
        assert_eq!(message, "the caller's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let (state, saved) = fold_with_checkpoints(
                0..round,
                0,
                count(2),
                1,
                |state, _| *state += 1,
                |checkpoints| checkpoints.count(),
            );
            assert_eq!((state, saved), (round, round / 2));
        }
    });
}
