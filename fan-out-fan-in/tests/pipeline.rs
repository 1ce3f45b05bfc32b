//! What `pipeline` promises.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, mpsc};
use std::{iter, thread};

use fan_out_fan_in::pipeline::stage;
use proptest::prelude::*;
use testkit::{Ledger, Tracked, panic_of, within};

/// Numbers without an end, as a stage wants them.
fn numbers() -> impl Iterator<Item = Result<usize, Infallible>> {
    (0..).map(Ok)
}

fn parse(line: &str) -> Result<u32, String> {
    line.parse().map_err(|error| format!("{line:?}: {error}"))
}

fn halve(n: u32) -> Result<u32, String> {
    if n.is_multiple_of(2) {
        Ok(n / 2)
    } else {
        Err(format!("{n} is odd"))
    }
}

proptest! {
    #[test]
    fn a_pipeline_does_what_a_loop_does(
        lines in prop::collection::vec(prop_oneof![50 => "[0-9]{0,3}[02468]", 1 => "[0-9]{2}", 1 => "[a-z]"], 0..100),
        capacity in 0_usize..4,
    ) {
        // All that comes before the first error, and the error.
        let mut looped = Vec::new();
        for line in &lines {
            looped.push(parse(line).and_then(halve));
            if looped.last().is_some_and(Result::is_err) {
                break;
            }
        }
        let piped: Vec<_> = within(move || thread::scope(|scope| {
            let parsed = stage(scope, capacity, lines.iter().map(Ok), |line| parse(line));
            stage(scope, capacity, parsed, halve).collect()
        }));
        prop_assert_eq!(piped, looped);
    }
}

#[test]
fn stages_work_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(2);
        let meet = |n| {
            barrier.wait();
            Ok(n)
        };
        // The second stage is one item behind the first: they meet all the same, but for the first
        // and the last item.
        let after_first = |n: usize| if n == 0 { Ok(n) } else { meet(n) };
        let before_last = |n: usize| if n == 99 { Ok(n) } else { meet(n) };
        let count = thread::scope(|scope| {
            let first = stage(scope, 1, numbers().take(100), after_first);
            stage(scope, 1, first, before_last).count()
        });
        assert_eq!(count, 100);
    });
}

#[test]
fn a_stage_is_never_far_ahead_of_the_next() {
    within(|| {
        for capacity in 0..4 {
            let (made, used) = (AtomicUsize::new(0), AtomicUsize::new(0));
            // One more than promised: the next stage has it in hand and has not yet counted it.
            let make = |n| {
                let ahead = made.fetch_add(1, SeqCst) + 1 - used.load(SeqCst);
                assert!(
                    ahead <= capacity + 2,
                    "{ahead} ahead at capacity {capacity}"
                );
                Ok(n)
            };
            let count = |n| {
                used.fetch_add(1, SeqCst);
                Ok(n)
            };
            let end = thread::scope(|scope| {
                let first = stage(scope, capacity, numbers().take(1_000), make);
                stage(scope, capacity, first, count).count()
            });
            assert_eq!(end, 1_000);
        }
    });
}

#[test]
fn the_first_error_stops_all_stages() {
    within(|| {
        for capacity in [0, 1, 5] {
            let ledger = Ledger::default();
            // The input has no end: only the error ends it.
            let output: Vec<_> = thread::scope(|scope| {
                let first = stage(
                    scope,
                    capacity,
                    ledger.items().map(Ok),
                    Ok::<Tracked, String>,
                );
                let second = stage(scope, capacity, first, |item| match item.number {
                    20 => Err("item 20 is bad".to_string()),
                    number => Ok(number),
                });
                stage(scope, capacity, second, Ok).collect()
            });
            let expected: Vec<_> = (0..20)
                .map(Ok)
                .chain([Err("item 20 is bad".to_string())])
                .collect();
            assert_eq!(output, expected);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_all_stages() {
    within(|| {
        for capacity in [0, 1, 5] {
            let ledger = Ledger::default();
            let taken = thread::scope(|scope| {
                let items = ledger.items().map(Ok::<_, Infallible>);
                let first = stage(scope, capacity, items, Ok);
                stage(scope, capacity, first, Ok).take(5).count()
            });
            assert_eq!(taken, 5);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_a_stage_reaches_the_caller() {
    within(|| {
        let mut arrived = 0;
        let message = panic_of(|| {
            thread::scope(|scope| {
                let first = stage(scope, 1, numbers(), |n| {
                    assert!(n != 20, "item 20 is bad");
                    Ok(n)
                });
                stage(scope, 1, first, Ok).for_each(|_| arrived += 1);
            });
        });
        assert_eq!((message.as_str(), arrived), ("item 20 is bad", 20));
    });
}

#[test]
fn a_panic_after_the_caller_has_stopped_is_that_of_the_scope() {
    within(|| {
        let (stopped_tx, stopped_rx) = mpsc::channel::<()>();
        let input = iter::once_with(move || -> Result<(), Infallible> {
            assert!(stopped_rx.recv().is_ok(), "too late");
            Ok(())
        });
        let message = panic_of(|| {
            thread::scope(|scope| {
                drop(stage(scope, 1, input, Ok));
                drop(stopped_tx);
            });
        });
        assert_eq!(message, "a scoped thread panicked");
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for items in (0..10).cycle().take(100) {
            let count = thread::scope(|scope| {
                let first = stage(scope, 1, numbers().take(items), Ok);
                stage(scope, 1, first, Ok).count()
            });
            assert_eq!(count, items);
        }
    });
}
