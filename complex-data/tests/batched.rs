//! What `batched` promises.

use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batched::batches;
use proptest::prelude::*;
use testkit::{Ledger, count, panic_of, within};

/// A linger that is over soon, and not asserted on.
const SHORT: Duration = Duration::from_millis(1);

/// The numbers up to `end`, all of them there already, and no more to come.
fn filled(end: usize) -> Receiver<usize> {
    let (item_tx, item_rx) = channel();
    (0..end).for_each(|n| item_tx.send(n).expect("the receiver is here"));
    item_rx
}

proptest! {
    #[test]
    fn the_batches_are_the_items(
        items in prop::collection::vec(any::<u32>(), 0..300),
        max in 1_usize..40,
        micros in 0_u64..100,
        capacity in 0_usize..20,
    ) {
        let expected = items.clone();
        let received: Vec<Vec<u32>> = within(move || thread::scope(|scope| {
            let (item_tx, item_rx) = sync_channel(capacity);
            scope.spawn(move || items.into_iter().try_for_each(|item| item_tx.send(item)));
            batches(item_rx, count(max), Duration::from_micros(micros), Instant::now).collect()
        }));
        prop_assert!(received.iter().all(|batch| (1..=max).contains(&batch.len())));
        prop_assert_eq!(received.concat(), expected);
    }

    #[test]
    fn the_rest_comes_at_the_end(end in 0_usize..100, max in 1_usize..20, linger in prop_oneof![Just(Duration::ZERO), Just(Duration::MAX)]) {
        let expected: Vec<Vec<usize>> = (0..end).collect::<Vec<_>>().chunks(max).map(<[_]>::to_vec).collect();
        let received: Vec<_> = within(move || batches(filled(end), count(max), linger, Instant::now).collect());
        prop_assert_eq!(received, expected);
    }
}

#[test]
fn a_full_batch_does_not_wait() {
    within(|| {
        let (item_tx, item_rx) = sync_channel(10);
        let mut batches = batches(item_rx, count(3), Duration::MAX, Instant::now);
        for n in 0..3 {
            item_tx.send(n).unwrap();
        }
        // The producer is still there, and has no more to send.
        assert_eq!(batches.next(), Some(vec![0, 1, 2]));
        drop(item_tx);
        assert_eq!(batches.next(), None);
    });
}

#[test]
fn a_partial_batch_does_not_wait_for_the_producer() {
    within(|| {
        for linger in [Duration::ZERO, SHORT] {
            let (item_tx, item_rx) = sync_channel(10);
            let mut batches = batches(item_rx, count(10), linger, Instant::now);
            for round in 0..3 {
                for n in 0..3 {
                    item_tx.send((round, n)).unwrap();
                }
                // The producer sends no more before this has come.
                assert_eq!(
                    batches.next(),
                    Some(vec![(round, 0), (round, 1), (round, 2)])
                );
            }
        }
    });
}

#[test]
fn a_steady_producer_does_not_hold_a_batch_back() {
    within(|| {
        let (item_tx, item_rx) = sync_channel(1);
        item_tx.send(0).unwrap();
        // At each look at the clock it is four milliseconds later, and one more item is there.
        let (start, mut looks) = (Instant::now(), 0);
        let now = move || {
            looks += 1;
            if looks < 100 {
                item_tx.send(looks).unwrap();
            }
            start + 4 * looks * SHORT
        };
        let batches: Vec<_> = batches(item_rx, count(1_000), 10 * SHORT, now)
            .take(3)
            .collect();
        assert_eq!(batches, [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]);
    });
}

#[test]
fn an_item_joins_a_batch_that_waits() {
    within(|| {
        thread::scope(|scope| {
            let (item_tx, item_rx) = sync_channel(0);
            // Each is taken before the next is sent, so that the batch has begun and waits for it.
            scope.spawn(move || (0..3).try_for_each(|n| item_tx.send(n)));
            let received: Vec<_> =
                batches(item_rx, count(2), Duration::MAX, Instant::now).collect();
            assert_eq!(received, [vec![0, 1], vec![2]]);
        });
    });
}

#[test]
fn a_batch_is_one_allocation() {
    within(|| {
        for batch in batches(filled(105), count(100), SHORT, Instant::now) {
            assert_eq!(batch.capacity(), 100, "for {} items", batch.len());
        }
    });
}

#[test]
fn a_consumer_that_stops_early_ends_the_producer() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let mut items = ledger.items();
            let (taken, given_back) = thread::scope(|scope| {
                let (item_tx, item_rx) = sync_channel(capacity);
                let producer = scope.spawn(move || items.try_for_each(|item| item_tx.send(item)));
                let taken: usize = batches(item_rx, count(10), SHORT, Instant::now)
                    .take(3)
                    .map(|batch| batch.len())
                    .sum();
                // The items have no end: only the failed send ends the producer.
                (taken, producer.join().unwrap().is_err())
            });
            assert!(given_back);
            // What was handed out was taken, given back to the producer, or lost in the channel.
            let lost = ledger.handed_out() - taken - 1;
            assert!(lost <= capacity, "{lost} lost at capacity {capacity}");
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_producer_that_panics_loses_nothing_it_sent() {
    within(|| {
        let mut received = Vec::new();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let (item_tx, item_rx) = sync_channel(4);
                let producer = scope.spawn(move || {
                    (0..20).for_each(|n| item_tx.send(n).unwrap());
                    panic!("the producer's own");
                });
                received.extend(batches(item_rx, count(8), Duration::MAX, Instant::now).flatten());
                producer
                    .join()
                    .unwrap_or_else(|payload| std::panic::resume_unwind(payload));
            });
        });
        assert_eq!(message, "the producer's own");
        assert!(received.into_iter().eq(0..20));
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let items = thread::scope(|scope| {
                let (item_tx, item_rx) = sync_channel(1);
                scope.spawn(move || (0..round).try_for_each(|n| item_tx.send(n)));
                batches(item_rx, count(7), SHORT, Instant::now)
                    .flatten()
                    .count()
            });
            assert_eq!(items, round);
        }
    });
}
