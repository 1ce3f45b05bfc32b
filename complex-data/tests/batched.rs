//! What `batched` promises:
//!
//! - each item is in one batch, in the order of the channel: `the_batches_are_the_items`
//! - by size: `a_full_batch_does_not_wait`, `an_item_joins_a_batch_that_waits`
//! - by time: `a_partial_batch_does_not_wait_for_the_producer`,
//!   `a_steady_producer_does_not_hold_a_batch_back`, `a_batch_waits_no_longer_than_its_linger`
//! - the rest comes at the end: `all_batches_are_full_but_the_last`
//! - memory is taken once for a batch: `a_batch_is_one_allocation`
//! - a consumer that stops ends the producer: `a_consumer_that_stops_early_ends_the_producer`
//! - a batch without room is refused: `zero_items_are_refused`

use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batched::batches;
use proptest::prelude::*;
use testkit::{panic_of, within};

/// A linger that is over soon.
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
        items in 0_usize..300,
        max in 1_usize..40,
        micros in 0_u64..100,
        capacity in 0_usize..20,
    ) {
        let received: Vec<Vec<usize>> = within(move || thread::scope(|scope| {
            let (item_tx, item_rx) = sync_channel(capacity);
            scope.spawn(move || (0..items).try_for_each(|item| item_tx.send(item)));
            batches(item_rx, max, Duration::from_micros(micros), Instant::now).collect()
        }));
        prop_assert!(received.iter().all(|batch| (1..=max).contains(&batch.len())));
        prop_assert!(received.into_iter().flatten().eq(0..items));
    }

    #[test]
    fn all_batches_are_full_but_the_last(
        end in 0_usize..100,
        max in 1_usize..20,
        linger in prop_oneof![Just(Duration::ZERO), Just(Duration::MAX)],
    ) {
        let received: Vec<_> =
            within(move || batches(filled(end), max, linger, Instant::now).collect());
        prop_assert!(received.iter().eq((0..end).collect::<Vec<_>>().chunks(max)));
    }
}

#[test]
fn a_full_batch_does_not_wait() {
    within(|| {
        let (item_tx, item_rx) = channel();
        (0..3).for_each(|n| item_tx.send(n).unwrap());
        // The producer is still there, and has no more to send.
        let first = batches(item_rx, 3, Duration::MAX, Instant::now).next();
        assert_eq!(first, Some(vec![0, 1, 2]));
        drop(item_tx);
    });
}

#[test]
fn an_item_joins_a_batch_that_waits() {
    within(|| {
        let (item_tx, item_rx) = sync_channel(0);
        // Each is taken before the next is sent, so that the batch has begun and waits for it.
        thread::spawn(move || (0..3).try_for_each(|n| item_tx.send(n)));
        let batches = batches(item_rx, 2, Duration::MAX, Instant::now);
        assert!(batches.eq([vec![0, 1], vec![2]]));
    });
}

#[test]
fn a_partial_batch_does_not_wait_for_the_producer() {
    within(|| {
        for linger in [Duration::ZERO, SHORT] {
            let (item_tx, item_rx) = channel();
            let mut batches = batches(item_rx, 10, linger, Instant::now);
            for round in 0..3 {
                (0..3).for_each(|_| item_tx.send(round).unwrap());
                // The producer sends no more before this has come.
                assert_eq!(batches.next(), Some(vec![round; 3]));
            }
        }
    });
}

#[test]
fn a_steady_producer_does_not_hold_a_batch_back() {
    within(|| {
        let (item_tx, item_rx) = channel();
        item_tx.send(0).unwrap();
        // At each look at the clock it is four milliseconds later, and one more item is there.
        let (start, mut looks) = (Instant::now(), 0);
        let now = move || {
            looks += 1;
            item_tx.send(looks).unwrap();
            start + 4 * looks * SHORT
        };
        let batches = batches(item_rx, 1_000, 10 * SHORT, now).take(3);
        assert!(batches.eq([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]));
    });
}

#[test]
#[cfg(modelled)] // Only there does a clock show nothing but the waits.
fn a_batch_waits_no_longer_than_its_linger() {
    let (item_tx, item_rx) = channel();
    let (pause_tx, pause_rx) = channel::<()>();
    thread::spawn(move || {
        item_tx.send(0).unwrap();
        // More than half of it.
        pause_rx.recv_timeout(6 * SHORT).unwrap_err();
        item_tx.send(1).unwrap();
        // No more until the batch has come.
        pause_rx.recv().unwrap_err();
    });
    let mut taken_at = None;
    let now = || {
        let now = Instant::now();
        taken_at.get_or_insert(now);
        now
    };
    assert!(batches(item_rx, 3, 10 * SHORT, now).next().is_some());
    assert!(taken_at.unwrap().elapsed() <= 10 * SHORT);
    drop(pause_tx);
}

#[test]
fn a_batch_is_one_allocation() {
    let batches = batches(filled(105), 100, SHORT, Instant::now);
    assert!(batches.map(|batch| batch.capacity()).eq([100, 100]));
}

#[test]
fn a_consumer_that_stops_early_ends_the_producer() {
    within(|| {
        let (item_tx, item_rx) = sync_channel(1);
        // The items have no end: only the failed send ends the producer.
        let producer = thread::spawn(move || (0..).try_for_each(|n| item_tx.send(n)));
        let first = batches(item_rx, 10, SHORT, Instant::now).next();
        assert!(first.is_some() && producer.join().unwrap().is_err());
    });
}

#[test]
fn zero_items_are_refused() {
    let refused = || drop(batches(filled(1), 0, SHORT, Instant::now));
    assert_eq!(panic_of(refused), "a batch must have room for an item");
}
