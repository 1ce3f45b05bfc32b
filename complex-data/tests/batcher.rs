//! What `batcher` promises. The clock is moved by hand; nothing waits for it.

use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batcher::Batcher;
use proptest::prelude::*;
use testkit::{Ledger, count, within};

const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// What happens next in a loop.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// An item comes after this many milliseconds.
    Push(u64),
    /// Nothing comes until the batch is due.
    Wait,
    /// Somebody wants what is there.
    Take,
}

proptest! {
    #[test]
    fn it_does_what_its_model_does(
        events in prop::collection::vec(
            prop_oneof![6 => (0_u64..30).prop_map(Event::Push), 1 => Just(Event::Wait), 1 => Just(Event::Take)],
            0..200,
        ),
        max in 1_usize..10,
        linger in 0_u64..100,
    ) {
        let mut now = Instant::now();
        let mut batcher = Batcher::new(count(max), ms(linger));
        // The model: what is gathered, and since when.
        let (mut model, mut since) = (Vec::new(), now);
        let (mut pushed, mut batches) = (0, Vec::new());
        for event in events {
            let batch = match event {
                Event::Push(after) => {
                    now += ms(after);
                    if model.is_empty() {
                        since = now;
                    }
                    model.push(pushed);
                    pushed += 1;
                    let batch = batcher.push(pushed - 1, now);
                    prop_assert_eq!(batch.is_some(), model.len() == max || now - since >= ms(linger));
                    batch
                }
                Event::Wait => match batcher.due() {
                    Some(due) => {
                        now = now.max(due);
                        batcher.take()
                    }
                    None => None,
                },
                Event::Take => batcher.take(),
            };
            match batch {
                Some(batch) => {
                    prop_assert_eq!(&batch, &model);
                    prop_assert!((1..=max).contains(&batch.len()));
                    batches.extend(batch);
                    model.clear();
                }
                None => prop_assert!(model.is_empty() || matches!(event, Event::Push(_))),
            }
            prop_assert_eq!(batcher.due(), (!model.is_empty()).then_some(since + ms(linger)));
        }
        batches.extend(batcher.take().into_iter().flatten());
        prop_assert!(batches.into_iter().eq(0..pushed));
    }
}

#[test]
fn a_full_batch_is_returned() {
    let now = Instant::now();
    let mut batcher = Batcher::new(count(3), ms(10));
    assert_eq!(batcher.push('a', now), None);
    assert_eq!(batcher.push('b', now), None);
    assert_eq!(batcher.push('c', now), Some(vec!['a', 'b', 'c']));
    assert_eq!((batcher.due(), batcher.take()), (None, None));
}

#[test]
fn a_batch_is_due_when_its_first_item_has_lingered() {
    let start = Instant::now();
    let mut batcher = Batcher::new(count(100), ms(10));
    assert_eq!(batcher.due(), None);
    for after in [0, 4, 9] {
        // Those that come later do not put it off.
        assert_eq!(batcher.push(after, start + ms(after)), None);
        assert_eq!(batcher.due(), Some(start + ms(10)));
    }
    // One that comes just then goes with the others, and the next begins a batch of its own.
    assert_eq!(batcher.push(10, start + ms(10)), Some(vec![0, 4, 9, 10]));
    assert_eq!(batcher.push(15, start + ms(15)), None);
    assert_eq!(batcher.due(), Some(start + ms(25)));
}

#[test]
fn a_linger_without_end_is_never_due() {
    let mut batcher = Batcher::new(count(2), Duration::MAX);
    assert_eq!(batcher.push('a', Instant::now()), None);
    assert_eq!(batcher.due(), None);
    assert_eq!(batcher.push('b', Instant::now()), Some(vec!['a', 'b']));
}

#[test]
fn the_rest_is_taken_at_the_end() {
    let mut batcher = Batcher::new(count(3), ms(10));
    assert_eq!(batcher.push('a', Instant::now()), None);
    assert_eq!(batcher.take(), Some(vec!['a']));
    assert_eq!((batcher.due(), batcher.take()), (None, None));
}

#[test]
fn a_batch_is_one_allocation() {
    let now = Instant::now();
    let mut batcher = Batcher::new(count(100), ms(10));
    for _ in 0..3 {
        assert_eq!(batcher.push(1, now), None);
        assert_eq!(batcher.take().map(|batch| batch.capacity()), Some(100));
    }
    assert!((0..99).all(|n| batcher.push(n, now).is_none()));
    assert_eq!(
        batcher.push(99, now).map(|batch| batch.capacity()),
        Some(100)
    );
}

#[test]
fn what_is_not_taken_is_dropped() {
    let ledger = Ledger::default();
    let mut batcher = Batcher::new(count(100), ms(10));
    for item in ledger.items().take(5) {
        assert!(batcher.push(item, Instant::now()).is_none());
    }
    drop(batcher);
    assert_eq!(ledger.handed_out(), 5);
    ledger.assert_all_dropped();
}

#[test]
fn a_loop_that_waits_until_due_sends_a_partial_batch() {
    within(|| {
        thread::scope(|scope| {
            let (item_tx, item_rx) = sync_channel(10);
            let (batch_tx, batch_rx) = sync_channel(10);
            scope.spawn(move || {
                let mut batcher = Batcher::new(count(10), ms(1));
                loop {
                    let now = Instant::now();
                    let received = match batcher.due() {
                        Some(due) => item_rx.recv_timeout(due.saturating_duration_since(now)),
                        None => item_rx.recv().map_err(RecvTimeoutError::from),
                    };
                    let batch = match received {
                        Ok(item) => batcher.push(item, Instant::now()),
                        Err(RecvTimeoutError::Timeout) => batcher.take(),
                        Err(RecvTimeoutError::Disconnected) => break,
                    };
                    if let Some(batch) = batch {
                        batch_tx.send(batch).unwrap();
                    }
                }
            });
            // The producer sends no more before what it sent has come.
            for n in 0..20 {
                item_tx.send(n).unwrap();
                assert_eq!(batch_rx.recv(), Ok(vec![n]));
            }
        });
    });
}
