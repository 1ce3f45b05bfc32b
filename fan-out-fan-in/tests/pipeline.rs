//! What `pipeline` promises:
//! - the results are those of a loop, up to the first error: `a_pipeline_does_what_a_loop_does`
//! - a stage may give any number of results: `a_flat_stage_does_what_flat_map_does`
//! - a stage may have several workers: `a_stage_with_workers_keeps_the_order_or_not`
//! - the stages work at the same time: `stages_work_at_the_same_time`
//! - a stage is never far ahead: `a_stage_is_never_far_ahead_of_the_next`
//! - the first error stops all stages: `the_first_error_stops_all_stages`
//! - a caller that stops early stops all stages: `a_caller_that_stops_early_stops_all_stages`
//! - panics reach the caller, after what came before, unless it has stopped:
//!   `a_panic_in_a_stage_reaches_the_caller`, `a_panic_in_a_drop_reaches_the_caller_if_it_is_there`
//! - no thread left is a panic: `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::convert::Infallible;
use std::sync::Barrier;
use std::thread;

use fan_out_fan_in::pipeline::{flat_stage, stage};
use fan_out_fan_in::{ordered, unordered};
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, panic_of, within};

/// Numbers without an end.
fn numbers() -> impl Iterator<Item = Result<usize, Infallible>> {
    (0..).map(Ok)
}

fn parse(line: &str) -> Result<u32, String> {
    line.parse().map_err(|error| format!("{line:?}: {error}"))
}

fn halve(n: u32) -> Result<u32, String> {
    let even = n.is_multiple_of(2).then_some(n / 2);
    even.ok_or_else(|| format!("{n} is odd"))
}

proptest! {
    #[test]
    fn a_pipeline_does_what_a_loop_does(
        lines in vec(prop_oneof![50 => "[0-9]{0,3}[02468]", 1 => "[0-9]{2}", 1 => "[a-z]"], 0..99),
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
            let parsed = stage(scope, lines.iter().map(Ok), capacity, |line| parse(line));
            stage(scope, parsed, capacity, halve).collect()
        }));
        prop_assert_eq!(piped, looped);
    }
}

#[test]
fn a_flat_stage_does_what_flat_map_does() {
    within(|| {
        let odd = |n| (n % 2 == 1).then_some(n);
        let flat: Vec<_> = (0..9).filter_map(odd).flat_map(|n| vec![n; n]).collect();
        let piped: Result<Vec<_>, _> = thread::scope(|scope| {
            let odd = flat_stage(scope, numbers().take(9), 1, |n| Ok(odd(n)));
            flat_stage(scope, odd, 1, |n| Ok(vec![n; n])).collect()
        });
        assert_eq!(piped, Ok(flat));
    });
}

#[test]
fn a_stage_with_workers_keeps_the_order_or_not() {
    within(|| {
        let input = || (0..MANY).map(|n| if n == 15 { Err("15") } else { Ok(n) });
        let double = |n: Result<_, _>| n.map(|n| 2 * n);
        let (in_order, mut any_order) = thread::scope(|scope| {
            let numbers = stage(scope, input(), 1, Ok);
            let doubled = ordered::fan_out(scope, numbers, 3, 1, double);
            let in_order: Vec<_> = stage(scope, doubled, 1, Ok).collect();
            let numbers = stage(scope, input(), 1, Ok);
            let doubled = unordered::fan_out(scope, numbers, 3, 1, double);
            (in_order, doubled.collect::<Vec<_>>())
        });
        let serial = (0..15).map(|n| Ok(2 * n)).chain([Err("15")]);
        assert!(serial.clone().eq(in_order));
        any_order.sort_unstable();
        assert!(serial.eq(any_order));
    });
}

#[test]
fn stages_work_at_the_same_time() {
    within(|| {
        let both = Barrier::new(2);
        let meet = |meets: bool, n: usize| {
            if meets {
                both.wait();
            }
            Ok(n)
        };
        // The second stage is one item behind the first: they meet all the same, but for the first
        // and the last item.
        let results = thread::scope(|scope| {
            let first = stage(scope, numbers().take(10), 1, |n| meet(n > 0, n));
            stage(scope, first, 1, |n| meet(n < 9, n)).count()
        });
        assert_eq!(results, 10);
    });
}

#[test]
fn a_stage_is_never_far_ahead_of_the_next() {
    within(|| {
        for capacity in 0..4 {
            let lead = Lead::default();
            // One more than promised: the caller has it in hand and has not yet counted it.
            let input = lead.limited(MANY, capacity + 2).map(Ok::<_, Infallible>);
            thread::scope(|scope| stage(scope, input, capacity, Ok).for_each(|_| lead.take()));
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
                let first = stage(scope, ledger.items().map(Ok), capacity, Ok);
                let second = stage(scope, first, capacity, |item| match item.number {
                    20 => Err("item 20 is bad"),
                    number => Ok(number),
                });
                stage(scope, second, capacity, Ok).collect()
            });
            assert!((0..20).map(Ok).chain([Err("item 20 is bad")]).eq(output));
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
                let first = stage(scope, items, capacity, Ok);
                stage(scope, first, capacity, Ok).take(5).count()
            });
            assert_eq!(taken, 5);
            ledger.assert_all_dropped();
        }
        // Also within what it makes of one item.
        let first = thread::scope(|scope| flat_stage(scope, numbers(), 1, |n| Ok(n..)).next());
        assert_eq!(first, Some(Ok(0)));
    });
}

#[test]
fn a_panic_in_a_stage_reaches_the_caller() {
    within(|| {
        let mut arrived = 0;
        let work = |n| {
            assert!(n != 20, "item 20 is bad");
            Ok(n)
        };
        let message = panic_of(|| {
            thread::scope(|scope| {
                let first = stage(scope, numbers(), 1, work);
                stage(scope, first, 1, Ok).for_each(|_| arrived += 1);
            });
        });
        assert_eq!((message.as_str(), arrived), ("item 20 is bad", 20));
    });
}

#[test]
fn a_panic_in_a_drop_reaches_the_caller_if_it_is_there() {
    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot be dropped");
        }
    }

    within(|| {
        let first_three_of = |items| {
            let bad = Bad;
            let work = move |n| {
                let _bad = &bad;
                Ok(n)
            };
            let input = numbers().take(items);
            thread::scope(|scope| stage(scope, input, 1, work).take(3).count())
        };
        assert_eq!(panic_of(|| first_three_of(2)), "cannot be dropped");
        assert_eq!(first_three_of(9), 3);
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..2 {
        std::thread::leave(threads);
        let run = || {
            thread::scope(|scope| {
                let first = stage(scope, numbers(), 0, Ok);
                stage(scope, first, 0, Ok).count()
            })
        };
        let message = panic_of(run);
        assert!(message.starts_with("the system has a thread left"));
    }
}
