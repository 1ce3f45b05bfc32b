//! What `batcher` promises. The clock is moved by hand:
//!
//! - each item is in one batch, by size, by time and at the end: `it_does_what_its_model_does`
//! - a batch is due when its first item has lingered: `later_items_do_not_put_a_batch_off`,
//!   `a_linger_without_end_is_never_due`, `a_loop_that_waits_until_due_sends_a_partial_batch`
//! - memory is taken once for a batch: `a_batch_is_one_allocation`
//! - a batch without room is refused: `zero_items_are_refused`

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batcher::Batcher;
use proptest::prelude::*;
use testkit::{panic_of, within};

const MS: Duration = Duration::from_millis(1);

/// What happens next in a loop.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// An item comes after this many milliseconds.
    Push(u32),
    /// Nothing comes until the batch is due, or somebody wants what is there.
    Take,
}

proptest! {
    #[test]
    fn it_does_what_its_model_does(
        events in prop::collection::vec(
            prop_oneof![6 => (0_u32..30).prop_map(Event::Push), 2 => Just(Event::Take)],
            0..200,
        ),
        max in 1_usize..10,
        linger in 0_u32..100,
    ) {
        let mut now = Instant::now();
        let mut batcher = Batcher::new(max, linger * MS);
        // The model: what is gathered, and since when.
        let (mut model, mut since) = (Vec::new(), now);
        for (item, event) in events.into_iter().enumerate() {
            let (batch, ends) = match event {
                Event::Take => (batcher.take(), true),
                Event::Push(after) => {
                    now += after * MS;
                    if model.is_empty() {
                        since = now;
                    }
                    model.push(item);
                    let ends = model.len() == max || now - since >= linger * MS;
                    (batcher.push(item, now), ends)
                }
            };
            let expected = if ends { std::mem::take(&mut model) } else { Vec::new() };
            prop_assert_eq!(batch.is_some(), !expected.is_empty());
            prop_assert_eq!(batch.unwrap_or_default(), expected);
            prop_assert_eq!(batcher.due(), (!model.is_empty()).then_some(since + linger * MS));
        }
    }
}

#[test]
fn later_items_do_not_put_a_batch_off() {
    let start = Instant::now();
    let mut batcher = Batcher::new(100, 10 * MS);
    for after in [0, 4, 9] {
        assert_eq!(batcher.push(after, start + after * MS), None);
        assert_eq!(batcher.due(), Some(start + 10 * MS));
    }
    // One that comes just then goes with the others, and the next begins a batch of its own.
    assert_eq!(batcher.push(10, start + 10 * MS), Some(vec![0, 4, 9, 10]));
    assert_eq!(batcher.push(15, start + 15 * MS), None);
    assert_eq!(batcher.due(), Some(start + 25 * MS));
}

#[test]
fn a_linger_without_end_is_never_due() {
    let mut batcher = Batcher::new(2, Duration::MAX);
    assert_eq!(batcher.push('a', Instant::now()), None);
    assert_eq!(batcher.due(), None);
    assert_eq!(batcher.push('b', Instant::now()), Some(vec!['a', 'b']));
}

#[test]
fn a_batch_is_one_allocation() {
    let mut batcher = Batcher::new(100, 10 * MS);
    for items in [1, 50, 100] {
        let pushed = (0..items).find_map(|n| batcher.push(n, Instant::now()));
        let batch = pushed.or_else(|| batcher.take());
        assert_eq!(batch.map(|batch| batch.capacity()), Some(100));
    }
}

#[test]
fn a_loop_that_waits_until_due_sends_a_partial_batch() {
    within(|| {
        let (item_tx, item_rx) = channel();
        let (batch_tx, batch_rx) = channel();
        thread::spawn(move || {
            let mut batcher = Batcher::new(10, MS);
            loop {
                let received = match batcher.due() {
                    Some(due) => item_rx.recv_timeout(due.duration_since(Instant::now())),
                    None => item_rx.recv().map_err(RecvTimeoutError::from),
                };
                let batch = match received {
                    Ok(item) => batcher.push(item, Instant::now()),
                    Err(RecvTimeoutError::Timeout) => batcher.take(),
                    Err(RecvTimeoutError::Disconnected) => break,
                };
                batch.map(|batch| batch_tx.send(batch));
            }
        });
        // The producer sends no more before what it sent has come.
        for n in 0..20 {
            item_tx.send(n).unwrap();
            assert_eq!(batch_rx.recv(), Ok(vec![n]));
        }
    });
}

#[test]
fn zero_items_are_refused() {
    let message = panic_of(|| Batcher::<u8>::new(0, MS));
    assert_eq!(message, "a batch must have room for an item");
}
