use std::ops::ControlFlow;

use verify::explore::{explore, explore_each};
use verify::model::{crossbeam_channel, std::thread};

use crate::patterns::fan_out_fan_in::{chunked, ordered, pipeline, std_only, unordered};
use crate::support::{Item, Lead, Ledger, count, fail, fails, numbers, sorted};

const ITEMS: u64 = 4;

/// What all the variants promise, under every schedule. The input is at most `$ahead` items ahead.
macro_rules! scenarios {
    ($variant:ident, $ahead:expr, $fan_out:path, $($setting:expr),*) => {
        mod $variant {
            use super::*;

            fn run<Out>(
                items: impl Iterator<Item = Item> + Send,
                work: impl Fn(Item) -> Item + Sync,
                fan_in: impl FnOnce(&mut dyn Iterator<Item = Item>) -> Out,
            ) -> Out {
                $fan_out(items, $($setting,)* work, fan_in)
            }

            #[test]
            fn gives_each_result_once() {
                explore(|| {
                    let ledger = Ledger::default();
                    let seen = run(ledger.items(ITEMS), |item| item, |items| numbers(items));
                    assert_eq!(sorted(seen), [0, 1, 2, 3]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn the_input_is_never_far_ahead_of_the_caller() {
                explore(|| {
                    let lead = Lead::default();
                    let items = Ledger::default().items($ahead + 3);
                    let items = items.inspect(|_| lead.step());
                    run(items, |item| item, |items| lead.follow(items));
                    assert!(lead.most() <= $ahead, "{}", lead.most());
                });
            }

            #[test]
            fn ends_when_the_caller_stops_early() {
                explore(|| {
                    let ledger = Ledger::default();
                    let first = |items: &mut dyn Iterator<Item = Item>| items.next().is_some();
                    // Without an end of its own.
                    assert!(run(ledger.items(u64::MAX), |item| item, first));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn passes_on_a_panic_of_the_work() {
                explore(|| {
                    let ledger = Ledger::default();
                    let work = |item: Item| if item.number == 1 { fail() } else { item };
                    assert!(fails(|| run(ledger.items(ITEMS), work, |items| {
                        numbers(items)
                    })));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn passes_on_a_panic_of_the_input() {
                explore(|| {
                    let ledger = Ledger::default();
                    let items = ledger.items(ITEMS).map(|item| match item.number {
                        2 => fail(),
                        _ => item,
                    });
                    assert!(fails(|| run(items, |item| item, |items| numbers(items))));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn passes_on_a_panic_of_the_caller() {
                explore(|| {
                    let ledger = Ledger::default();
                    let fan_in = |items: &mut dyn Iterator<Item = Item>| {
                        drop(items.next());
                        fail()
                    };
                    assert!(fails(|| run(ledger.items(ITEMS), |item| item, fan_in)));
                    ledger.assert_empty();
                });
            }
        }
    };
}

scenarios!(unordered_with_room, 5, unordered::fan_out, count(2), 1);
scenarios!(unordered_rendezvous, 3, unordered::fan_out, count(2), 0);
scenarios!(std_only_with_room, 5, std_only::fan_out, count(2), 1);
scenarios!(std_only_rendezvous, 3, std_only::fan_out, count(2), 0);
scenarios!(
    ordered_window_of_three,
    3,
    ordered::fan_out,
    count(2),
    count(3)
);
scenarios!(
    ordered_window_of_one,
    1,
    ordered::fan_out,
    count(2),
    count(1)
);
scenarios!(
    chunked_by_three,
    3 * 6,
    chunked::fan_out,
    count(2),
    count(3),
    1
);

#[test]
fn ordered_keeps_the_order_of_the_input() {
    explore(|| {
        let items = 0..ITEMS;
        let seen: Vec<u64> = ordered::fan_out(
            items,
            count(3),
            count(2),
            |n| n,
            |results| results.collect(),
        );
        assert_eq!(seen, [0, 1, 2, 3]);
    });
}

#[test]
fn pipeline_keeps_the_order_at_any_capacity() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let items = ledger.items(ITEMS).map(Ok::<_, ()>);
        let seen: Result<Vec<u64>, ()> = thread::scope(|scope| {
            let first = pipeline::stage(scope, capacity, items, Ok);
            let second = pipeline::stage(scope, capacity, first, Ok);
            second.map(|item| item.map(|item| item.number)).collect()
        });
        assert_eq!(seen, Ok(vec![0, 1, 2, 3]));
        ledger.assert_empty();
    });
}

#[test]
fn pipeline_stages_are_never_far_ahead_of_the_next() {
    explore_each([0, 1], |capacity| {
        let lead = Lead::default();
        thread::scope(|scope| {
            let items = Ledger::default().items(5).inspect(|_| lead.step());
            let mut output = pipeline::stage(scope, capacity, items.map(Ok::<_, ()>), Ok);
            lead.follow(&mut output);
        });
        assert!(lead.most() <= capacity + 1, "{}", lead.most());
    });
}

#[test]
fn pipeline_stops_all_stages_at_the_first_error() {
    explore(|| {
        let ledger = Ledger::default();
        let items = ledger.items(ITEMS).map(Ok);
        let seen: Result<Vec<Item>, u64> = thread::scope(|scope| {
            let first = pipeline::stage(scope, 1, items, |item| match item.number {
                0 => Ok(item),
                1 => Err(item.number),
                _ => panic!("work after an error"),
            });
            pipeline::stage(scope, 1, first, Ok).collect()
        });
        assert_eq!(seen.map(numbers), Err(1));
        ledger.assert_empty();
    });
}

#[test]
fn pipeline_passes_on_a_panic() {
    explore(|| {
        let ledger = Ledger::default();
        let items = ledger.items(ITEMS).map(Ok::<_, ()>);
        let run = || {
            thread::scope(|scope| {
                let first = pipeline::stage(scope, 1, items, |item| match item.number {
                    1 => fail(),
                    _ => Ok(item),
                });
                pipeline::stage(scope, 1, first, Ok).count()
            })
        };
        assert!(fails(run));
        ledger.assert_empty();
    });
}

#[test]
fn pipeline_ends_when_the_caller_stops_early() {
    explore(|| {
        let ledger = Ledger::default();
        let items = ledger.items(ITEMS).map(Ok::<_, ()>);
        thread::scope(|scope| {
            let first = pipeline::stage(scope, 0, items, Ok);
            let mut second = pipeline::stage(scope, 0, first, Ok);
            let stop = second.try_for_each(|_| ControlFlow::Break(()));
            assert!(stop.is_break());
        });
        ledger.assert_empty();
    });
}

/// Each item comes when the one before it is gone. The caller takes only the first.
macro_rules! slow_inputs {
    ($($name:ident: $fan_out:path, $($setting:expr),*;)+) => {
        $(#[test]
        fn $name() {
            explore(|| {
                let (mut asked, mut before) = (0, None::<crossbeam_channel::Receiver<()>>);
                let items = std::iter::from_fn(|| {
                    asked += 1;
                    if let Some(gone_rx) = before.take() {
                        assert!(gone_rx.recv().is_err());
                    }
                    let (item, gone_rx) = crossbeam_channel::bounded(0);
                    before = Some(gone_rx);
                    Some(item)
                });
                $fan_out(items, $($setting,)* |item| item, |results| drop(results.next()));
                // The third may have been asked for before the caller stopped.
                assert!(asked <= 3, "asked for {asked} items");
            });
        })+
    };
}

slow_inputs! {
    unordered_asks_for_no_more_once_the_caller_has_stopped: unordered::fan_out, count(2), 0;
    std_only_asks_for_no_more_once_the_caller_has_stopped: std_only::fan_out, count(2), 0;
    chunked_asks_for_no_more_once_the_caller_has_stopped: chunked::fan_out, count(2), count(1), 0;
}
