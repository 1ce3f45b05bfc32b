use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::sync::mpsc::SendError;

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::bounded;
use verify::model::std::thread;

use crate::patterns::basic_channel::ownership::Recipient;
use crate::patterns::basic_channel::{back_pressure_crossbeam, back_pressure_std, stream};
use crate::support::{Item, Lead, Ledger, fail, fails, numbers};

/// What all streams promise whose producer waits when the queue is full, under every schedule.
macro_rules! scenarios {
    ($variant:ident, $stream:path, $capacity:expr $(, $when_full:expr)?) => {
        mod $variant {
            use super::*;

            fn run<Out>(
                items: impl Iterator<Item = Item> + Send,
                consume: impl FnOnce(&mut dyn Iterator<Item = Item>) -> Out,
            ) -> Out {
                $stream($capacity, items, $($when_full,)? consume)
            }

            #[test]
            fn gives_all_in_order() {
                explore(|| {
                    let ledger = Ledger::default();
                    let seen = run(ledger.items(4), |items| numbers(items));
                    assert_eq!(seen, [0, 1, 2, 3]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn ends_an_endless_input_when_the_consumer_stops() {
                explore(|| {
                    let ledger = Ledger::default();
                    let seen = run(ledger.items(u64::MAX), |items| numbers(items.take(2)));
                    assert_eq!(seen, [0, 1]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn the_input_is_never_far_ahead() {
                explore(|| {
                    let lead = Lead::default();
                    let items = Ledger::default().items(5).inspect(|_| lead.step());
                    run(items, |items| lead.follow(items));
                    assert!(lead.most() <= $capacity + 1, "{}", lead.most());
                });
            }

            #[test]
            fn a_panic_in_the_input_comes_in_its_turn() {
                explore(|| {
                    let ledger = Ledger::default();
                    let items = failing_at(2, &ledger);
                    let mut seen = Vec::new();
                    let consume = |items: &mut dyn Iterator<Item = Item>| {
                        items.for_each(|item| seen.push(item.number));
                        seen.push(99); // Takes the panic for the end.
                    };
                    assert!(fails(|| run(items, consume)));
                    assert_eq!(seen, [0, 1]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_panic_that_the_consumer_does_not_wait_for_reaches_the_caller() {
                explore(|| {
                    let ledger = Ledger::default();
                    let items = failing_at(1, &ledger);
                    let mut seen = None;
                    let consume = |items: &mut dyn Iterator<Item = Item>| {
                        seen = items.next().map(|item| item.number);
                    };
                    assert!(fails(|| run(items, consume)));
                    assert_eq!(seen, Some(0));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_panic_in_the_consumer_ends_the_producer() {
                explore(|| {
                    let ledger = Ledger::default();
                    let consume = |items: &mut dyn Iterator<Item = Item>| {
                        drop(items.next());
                        fail()
                    };
                    assert!(fails(|| run(ledger.items(u64::MAX), consume)));
                    ledger.assert_empty();
                });
            }
        }
    };
}

scenarios!(stream_with_room, stream::stream, 1);
scenarios!(stream_rendezvous, stream::stream, 0);
scenarios!(std_with_room, back_pressure_std::stream, 1, Some);
scenarios!(std_rendezvous, back_pressure_std::stream, 0, Some);
scenarios!(
    crossbeam_with_room,
    back_pressure_crossbeam::stream,
    1,
    Some
);
scenarios!(
    crossbeam_rendezvous,
    back_pressure_crossbeam::stream,
    0,
    Some
);

fn failing_at(number: u64, ledger: &Ledger) -> impl Iterator<Item = Item> + Send + 'static {
    let items = ledger.items(u64::MAX);
    items.inspect(move |item| {
        if item.number == number {
            fail();
        }
    })
}

/// What a full queue means, under every schedule.
macro_rules! when_full {
    ($variant:ident, $stream:path) => {
        mod $variant {
            use super::*;

            #[test]
            fn what_has_no_room_is_given_back() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let mut refused = Vec::new();
                    let when_full = |item: Item| {
                        refused.push(item.number);
                        None
                    };
                    let items = ledger.items(4);
                    let taken = $stream(capacity, items, when_full, |items| numbers(items));
                    assert!(taken.is_sorted() && refused.is_sorted());
                    let mut all = [taken, refused].concat();
                    all.sort_unstable();
                    assert_eq!(all, [0, 1, 2, 3]);
                    ledger.assert_empty();
                });
            }

            #[test]
            fn what_waits_for_room_keeps_its_place() {
                explore_each([0, 1], |capacity| {
                    let mut asked = Vec::new();
                    let when_full = |item: Item| {
                        asked.push(item.number);
                        (item.number != 2).then_some(item)
                    };
                    let items = Ledger::default().items(4);
                    let taken = $stream(capacity, items, when_full, |items| numbers(items));
                    let refused = asked.contains(&2);
                    let expected = if refused {
                        vec![0, 1, 3]
                    } else {
                        vec![0, 1, 2, 3]
                    };
                    assert_eq!(taken, expected);
                });
            }

            #[test]
            fn a_queue_that_nobody_empties_holds_its_capacity() {
                explore_each([0, 1, 2], |capacity| {
                    let (full_tx, full_rx) = bounded(5);
                    let when_full = move |number| {
                        full_tx.send(number).expect("there is room for all");
                        None
                    };
                    let taken = $stream(capacity, 0..5, when_full, |items| {
                        assert_eq!(full_rx.recv(), Ok(capacity));
                        items.take(capacity).collect::<Vec<_>>()
                    });
                    assert!(taken.into_iter().eq(0..capacity));
                });
            }

            #[test]
            fn a_panic_in_when_full_comes_in_its_turn() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let sent = AtomicI64::new(4);
                    let when_full = |item: Item| {
                        sent.store(item.number.cast_signed(), Relaxed);
                        fail()
                    };
                    let mut taken = Vec::new();
                    let failed = fails(|| {
                        $stream(capacity, ledger.items(4), when_full, |items| {
                            items.for_each(|item| taken.push(item.number.cast_signed()));
                        });
                    });
                    let sent = sent.into_inner();
                    assert_eq!(failed, sent < 4);
                    assert!(taken.into_iter().eq(0..sent));
                    ledger.assert_empty();
                });
            }

            #[test]
            fn a_full_queue_does_not_outlive_a_consumer_that_stops() {
                explore_each([0, 1], |capacity| {
                    let ledger = Ledger::default();
                    let mut refused = 0;
                    let when_full = |_| {
                        refused += 1;
                        None
                    };
                    let items = ledger.items(4);
                    let taken = $stream(capacity, items, when_full, |items| items.take(1).count());
                    assert!(taken <= 1 && taken + refused <= 4);
                    ledger.assert_empty();
                });
            }
        }
    };
}

when_full!(std_when_full, back_pressure_std::stream);
when_full!(crossbeam_when_full, back_pressure_crossbeam::stream);

#[test]
fn ownership_values_arrive_in_order() {
    explore(|| {
        let ledger = Ledger::default();
        let seen = thread::scope(|scope| {
            let recipient = Recipient::start(scope, numbers);
            for item in ledger.items(3) {
                recipient.hand_over(item).expect("it takes all");
            }
            recipient.finish()
        });
        assert_eq!(seen, [0, 1, 2]);
        ledger.assert_empty();
    });
}

#[test]
fn ownership_what_is_not_taken_comes_back() {
    explore(|| {
        let ledger = Ledger::default();
        let (kept, back) = thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| numbers(values.iter().take(2)));
            let all: Vec<Result<(), SendError<Item>>> = ledger
                .items(4)
                .map(|item| recipient.hand_over(item))
                .collect();
            let back = all.into_iter().filter_map(Result::err);
            (
                recipient.finish(),
                numbers(back.map(|SendError(item)| item)),
            )
        });
        assert_eq!((kept, back), (vec![0, 1], vec![2, 3]));
        ledger.assert_empty();
    });
}

#[test]
fn ownership_nothing_is_given_away_before_it_is_asked_for() {
    explore(|| {
        let lead = Lead::default();
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| lead.follow(&mut values.iter()));
            for item in Ledger::default().items(3) {
                recipient.hand_over(item).expect("it takes all");
                lead.step();
            }
            recipient.finish();
        });
        assert!(lead.most() == 0, "{}", lead.most());
    });
}

#[test]
fn ownership_a_panic_of_the_recipient_gives_the_value_back() {
    explore(|| {
        let ledger = Ledger::default();
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| {
                drop(values.recv());
                fail()
            });
            assert!(recipient.hand_over(ledger.item(0)).is_ok());
            let back = recipient
                .hand_over(ledger.item(1))
                .map_err(|back| back.0.number);
            assert_eq!(back, Err(1));
            assert!(fails(|| recipient.finish()));
        });
        ledger.assert_empty();
    });
}

#[test]
fn ownership_a_panic_of_the_owner_ends_the_recipient() {
    explore(|| {
        let ledger = Ledger::default();
        let taken = AtomicI64::new(0);
        let owner = || {
            thread::scope(|scope| {
                let recipient = Recipient::start(scope, |values| {
                    values.iter().for_each(|_| _ = taken.fetch_add(1, Relaxed));
                    taken.fetch_add(10, Relaxed);
                });
                assert!(recipient.hand_over(ledger.item(0)).is_ok());
                fail()
            })
        };
        assert!(fails(owner));
        assert_eq!(taken.into_inner(), 11, "one value, and the end");
        ledger.assert_empty();
    });
}

#[test]
fn ownership_a_recipient_without_finish_ends_too() {
    explore(|| {
        let ledger = Ledger::default();
        let taken = AtomicI64::new(0);
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| {
                values.iter().for_each(|_| _ = taken.fetch_add(1, Relaxed));
            });
            assert!(recipient.hand_over(ledger.item(0)).is_ok());
            drop(recipient);
        });
        assert_eq!(taken.into_inner(), 1);
        ledger.assert_empty();
    });
}
