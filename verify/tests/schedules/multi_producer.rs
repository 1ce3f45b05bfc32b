use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::bounded;
use verify::model::std::sync::Mutex;
use verify::model::std::thread;

use crate::patterns::multi_producer::broadcast::{Publisher, WhenFull};
use crate::patterns::multi_producer::merge::merge;
use crate::patterns::multi_producer::mpmc::share_out;
use crate::support::{Item, Lead, Ledger, count, fail, fails, numbers, sorted};

/// Two sources: the numbers 0, 1, … and 10, 11, ….
fn sources(ledger: &Ledger, each: u64) -> [impl Iterator<Item = Item> + Send; 2] {
    [0, 10].map(|base| {
        let items = ledger.items(each);
        items.map(move |mut item| {
            item.number += base;
            item
        })
    })
}

/// Whether those of each source are in order, which are parted at 10.
fn in_order_of_the_sources(numbers: &[u64]) -> bool {
    let (first, second): (Vec<u64>, Vec<u64>) = numbers.iter().partition(|number| **number < 10);
    first.is_sorted() && second.is_sorted()
}

#[test]
fn broadcast_reaches_all_who_are_waited_for() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let mut publisher = Publisher::default();
        let readers = [(); 2].map(|()| {
            let subscription = publisher.subscribe(capacity, WhenFull::Wait);
            thread::spawn(move || {
                let seen = subscription.messages.iter();
                let seen: Vec<u64> = seen.map(|item: Arc<Item>| item.number).collect();
                (seen, subscription.missed())
            })
        });
        for item in ledger.items(3) {
            assert_eq!(publisher.publish(&Arc::new(item)), 2);
        }
        drop(publisher);
        for reader in readers {
            assert_eq!(reader.join().expect("it does not fail"), (vec![0, 1, 2], 0));
        }
        ledger.assert_empty();
    });
}

#[test]
fn broadcast_counts_what_passes_over_a_full_queue() {
    explore_each([0, 1], |capacity| {
        let mut publisher = Publisher::default();
        let skips = publisher.subscribe(capacity, WhenFull::Skip);
        let all = publisher.subscribe(1, WhenFull::Wait);
        let skips = thread::spawn(move || {
            let seen: Vec<u64> = skips.messages.iter().collect();
            (seen, skips.missed())
        });
        let all = thread::spawn(move || all.messages.iter().count());
        for number in 0..4 {
            assert_eq!(publisher.publish(&number), 2);
        }
        drop(publisher);
        let (seen, missed) = skips.join().expect("it does not fail");
        assert_eq!(seen.len() + missed, 4);
        assert!(seen.is_sorted_by(|a, b| a < b), "{seen:?}");
        assert_eq!(all.join().expect("it does not fail"), 4);
    });
}

#[test]
fn broadcast_one_that_is_disconnected_keeps_what_it_has() {
    explore(|| {
        let mut publisher = Publisher::default();
        let subscription = publisher.subscribe(1, WhenFull::Disconnect);
        let reader = thread::spawn(move || {
            let seen: Vec<u64> = subscription.messages.iter().collect();
            (seen, subscription.missed())
        });
        // The first one that it is gone at, or none.
        let gone_at = (0..4).find(|number| publisher.publish(number) == 0);
        assert!((0..2).all(|number| gone_at.is_none() || publisher.publish(&number) == 0));
        drop(publisher);
        let (seen, missed) = reader.join().expect("it does not fail");
        assert!(seen.into_iter().eq(0..gone_at.unwrap_or(4)));
        assert_eq!(missed, usize::from(gone_at.is_some()));
    });
}

#[test]
fn broadcast_a_subscriber_that_goes_is_dropped_from_the_list() {
    explore_each([WhenFull::Wait, WhenFull::Skip], |when_full| {
        let ledger = Ledger::default();
        let mut publisher = Publisher::default();
        let leaves = publisher.subscribe(1, when_full);
        let stays = publisher.subscribe(1, WhenFull::Wait);
        let leaves = thread::spawn(move || leaves.messages.iter().take(1).count());
        let stays = thread::spawn(move || stays.messages.iter().count());
        let mut left = 2;
        for item in ledger.items(3) {
            let now = publisher.publish(&Arc::new(item));
            assert!((1..=left).contains(&now));
            left = now;
        }
        assert_eq!(leaves.join().expect("it does not fail"), 1);
        assert_eq!(publisher.publish(&Arc::new(ledger.item(3))), 1);
        drop(publisher);
        assert_eq!(stays.join().expect("it does not fail"), 4);
        ledger.assert_empty();
    });
}

#[test]
fn broadcast_under_a_lock_shows_the_same_order_to_all() {
    explore(|| {
        let mut publisher = Publisher::default();
        let subscriptions = [(); 2].map(|()| publisher.subscribe(1, WhenFull::Wait));
        let publisher = Mutex::new(publisher);
        let seen = thread::scope(|scope| {
            let readers = subscriptions
                .map(|reader| scope.spawn(move || reader.messages.iter().collect::<Vec<u64>>()));
            let publishers = [0, 10].map(|base| {
                let publisher = &publisher;
                scope.spawn(move || {
                    for number in base..base + 2 {
                        let mut publisher = publisher.lock().expect("nobody panics with it");
                        publisher.publish(&number);
                    }
                })
            });
            for publisher in publishers {
                publisher.join().expect("it does not fail");
            }
            // Ends both.
            drop(std::mem::take(
                &mut *publisher.lock().expect("nobody panics with it"),
            ));
            readers.map(|reader| reader.join().expect("it does not fail"))
        });
        assert_eq!(seen[0], seen[1]);
        assert!(in_order_of_the_sources(&seen[0]));
        assert_eq!(sorted(seen[0].clone()), [0, 1, 10, 11]);
    });
}

#[test]
fn merge_gives_each_item_once_in_the_order_of_its_source() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let seen = merge(sources(&ledger, 2), capacity, |items| numbers(items));
        assert!(in_order_of_the_sources(&seen), "{seen:?}");
        assert_eq!(sorted(seen), [0, 1, 10, 11]);
        ledger.assert_empty();
    });
}

#[test]
fn merge_ends_endless_sources_when_the_consumer_stops() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let sources = sources(&ledger, u64::MAX);
        assert_eq!(merge(sources, capacity, |items| items.take(2).count()), 2);
        ledger.assert_empty();
    });
}

#[test]
fn merge_lets_no_source_hold_up_the_other() {
    explore(|| {
        let (gate_tx, gate_rx) = bounded::<u64>(0);
        let slow: Box<dyn Iterator<Item = u64> + Send> = Box::new(gate_rx.into_iter());
        let sources = [slow, Box::new(10..12)];
        let seen: Vec<u64> = merge(sources, 1, |items| {
            let mut seen: Vec<u64> = items.take(2).collect();
            gate_tx.send(0).expect("the source waits for it");
            drop(gate_tx);
            seen.extend(items);
            seen
        });
        assert_eq!(seen, [10, 11, 0]);
    });
}

#[test]
fn merge_is_never_far_ahead_of_the_consumer() {
    explore_each([0, 1], |capacity| {
        let (lead, ledger) = (Lead::default(), Ledger::default());
        let sources = sources(&ledger, 3).map(|items| items.inspect(|_| lead.step()));
        merge(sources, capacity, |items| lead.follow(items));
        assert!(lead.most() <= capacity + 2, "{}", lead.most());
    });
}

#[test]
fn merge_passes_on_a_panic_in_its_turn_and_waits_for_no_other_source() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (gate_tx, gate_rx) = bounded::<Item>(0);
        let failing = ledger.items(3).inspect(|item| {
            if item.number == 2 {
                fail();
            }
        });
        let failing: Box<dyn Iterator<Item = Item> + Send> = Box::new(failing);
        let waiting = iter::from_fn(move || gate_rx.recv().ok());
        let mut seen = Vec::new();
        let consume = |items: &mut dyn Iterator<Item = Item>| {
            // Ends the wait of the other source as the panic unwinds.
            let _gate_tx = gate_tx;
            items.for_each(|item| seen.push(item.number));
        };
        let sources = [failing, Box::new(waiting)];
        assert!(fails(|| merge(sources, capacity, consume)));
        assert_eq!(seen, [0, 1]);
        ledger.assert_empty();
    });
}

#[test]
fn merge_ends_the_sources_when_the_consumer_panics() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let consume = |items: &mut dyn Iterator<Item = Item>| {
            drop(items.next());
            fail()
        };
        let sources = sources(&ledger, u64::MAX);
        assert!(fails(|| merge(sources, capacity, consume)));
        ledger.assert_empty();
    });
}

#[test]
fn mpmc_each_message_reaches_one_consumer_in_the_order_of_its_source() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let seen = share_out(sources(&ledger, 2), count(2), capacity, |items| {
            numbers(items)
        });
        assert_eq!(seen.len(), 2);
        assert!(seen.iter().all(|seen| in_order_of_the_sources(seen)));
        assert_eq!(sorted(seen.concat()), [0, 1, 10, 11]);
        ledger.assert_empty();
    });
}

#[test]
fn mpmc_a_consumer_that_stops_leaves_the_rest_to_the_other() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let others = AtomicUsize::new(0);
        let seen = share_out([ledger.items(4)], count(2), capacity, |items| {
            let all = others.fetch_add(1, Relaxed) == 1;
            numbers(items.take(if all { 4 } else { 1 }))
        });
        assert_eq!(sorted(seen.concat()), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

#[test]
fn mpmc_a_consumer_that_is_held_holds_up_no_other() {
    explore(|| {
        let (gate_tx, gate_rx) = bounded(1);
        let held = AtomicBool::new(false);
        let seen = share_out([[0, 1, 2, 3].into_iter()], count(2), 1, |items| {
            let first = items.next();
            if first.is_some() && !held.swap(true, Relaxed) {
                gate_rx.recv().expect("the other one comes to the end");
                return 1;
            }
            let rest = usize::from(first.is_some()) + items.count();
            gate_tx.send(()).expect("there is room for it");
            rest
        });
        assert_eq!(seen.iter().max(), Some(&3));
    });
}

#[test]
fn mpmc_ends_endless_sources_when_all_consumers_stop() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let sources = sources(&ledger, u64::MAX);
        let seen = share_out(sources, count(2), capacity, |items| items.take(1).count());
        assert_eq!(seen, [1, 1]);
        ledger.assert_empty();
    });
}

#[test]
fn mpmc_is_never_far_ahead_of_the_consumers() {
    explore_each([0, 1], |capacity| {
        let (lead, ledger) = (Lead::default(), Ledger::default());
        let sources = sources(&ledger, 2).map(|items| items.inspect(|_| lead.step()));
        share_out(sources, count(1), capacity, |items| lead.follow(items));
        assert!(lead.most() <= capacity + 2, "{}", lead.most());
    });
}

/// Two messages, and many more once there has been a panic: they end only with the producer.
fn goes_on_after<'a>(
    failed: &'a AtomicBool,
    ledger: &'a Ledger,
) -> impl Iterator<Item = Item> + Send + 'a {
    ledger.items(u64::MAX).inspect(|item| {
        if item.number >= 2 {
            // At least once for each: the others shall not starve.
            thread::yield_now();
            while !failed.load(Relaxed) {
                thread::yield_now();
            }
        }
    })
}

#[test]
fn mpmc_a_panic_in_a_source_stops_the_other() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let failed = AtomicBool::new(false);
        let failing = ledger.items(2).inspect(|item| {
            if item.number == 1 {
                failed.store(true, Relaxed);
                fail();
            }
        });
        // The caller waits for the first one first.
        let first: Box<dyn Iterator<Item = Item> + Send> =
            Box::new(goes_on_after(&failed, &ledger));
        let sources = [first, Box::new(failing)];
        assert!(fails(|| share_out(sources, count(1), capacity, |items| {
            items.for_each(drop);
        })));
        ledger.assert_empty();
    });
}

#[test]
fn mpmc_a_panic_in_a_consumer_stops_the_source() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let failed = AtomicBool::new(false);
        let consume = |items: &mut dyn Iterator<Item = Item>| {
            for item in items {
                if item.number == 1 {
                    failed.store(true, Relaxed);
                    fail();
                }
            }
        };
        let source = goes_on_after(&failed, &ledger);
        assert!(fails(|| share_out([source], count(2), capacity, consume)));
        ledger.assert_empty();
    });
}
