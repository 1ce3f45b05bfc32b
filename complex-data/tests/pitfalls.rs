//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::mem;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SendError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batched::batches;
use complex_data::batcher::Batcher;
use complex_data::cloned::fold_with_checkpoints;
use complex_data::owned::{self, Message, Task};
use complex_data::shared::analyse;
use crossbeam_channel::{TryRecvError, bounded};
use testkit::{count, within};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

const MS: Duration = Duration::from_millis(1);

/// Wrong: hands over a batch when it has `max` items, and at the end.
fn batch_by_count(
    item_rx: Receiver<u32>,
    max: NonZeroUsize,
    batch_tx: &SyncSender<Vec<u32>>,
) -> Result<(), SendError<Vec<u32>>> {
    let mut batch = Vec::new();
    for item in item_rx {
        batch.push(item);
        if batch.len() == max.get() {
            batch_tx.send(mem::take(&mut batch))?;
        }
    }
    if batch.is_empty() {
        Ok(())
    } else {
        batch_tx.send(batch)
    }
}

#[test]
fn a_batch_by_count_waits_for_a_slow_producer() {
    within(|| {
        thread::scope(|scope| {
            let (item_tx, item_rx) = sync_channel(0);
            let (batch_tx, batch_rx) = sync_channel(1);
            scope.spawn(move || batch_by_count(item_rx, count(5), &batch_tx));
            for n in 0..3 {
                item_tx.send(n).unwrap();
            }
            // Wrong: all three are taken, and nobody gets them before there are five. With this
            // producer, that is at its end.
            assert_eq!(
                batch_rx.recv_timeout(IN_VAIN),
                Err(RecvTimeoutError::Timeout)
            );
            drop(item_tx);
            assert_eq!(batch_rx.recv(), Ok(vec![0, 1, 2]));
        });

        // Right: by time too. The three come while the producer is there and sends no more.
        let (item_tx, item_rx) = sync_channel(5);
        for n in 0..3 {
            item_tx.send(n).unwrap();
        }
        assert_eq!(
            batches(item_rx, count(5), MS, Instant::now).next(),
            Some(vec![0, 1, 2])
        );
        drop(item_tx);
    });
}

#[test]
fn a_linger_that_each_item_renews_does_not_end() {
    let linger = 10 * MS;
    let start = Instant::now();
    // An item every nine milliseconds.
    let times = (0..1_000).map(|n| start + 9 * n * MS);

    // Wrong: `recv_timeout(linger)` for each item, so that the time counts from the last one.
    let mut due = None;
    for now in times.clone() {
        assert!(due.is_none_or(|due| now < due), "it is never due");
        due = Some(now + linger);
    }

    // Right: it counts from the first. Every second item finds the batch due.
    let mut batcher = Batcher::new(count(1_000), linger);
    let batches: Vec<_> = times.filter_map(|now| batcher.push(now, now)).collect();
    assert!(
        batches
            .iter()
            .all(|batch| batch.len() == 3 && batch[2] - batch[0] == 18 * MS)
    );
    assert_eq!(batches.len(), 333);
}

#[test]
fn consumers_on_one_channel_get_a_part_each() {
    within(|| {
        let data: Arc<[u8]> = Arc::from([7; 1_000]);

        // Wrong: one channel, and a clone of its receiver for each consumer. What one receives is
        // moved to it, and the other does not see it.
        let (data_tx, data_rx) = bounded(10);
        let other_rx = data_rx.clone();
        data_tx.send(Arc::clone(&data)).unwrap();
        assert_eq!(data_rx.recv().map(|data| data.len()), Ok(1_000));
        assert_eq!(other_rx.try_recv(), Err(TryRecvError::Empty));
        // Ten more for two consumers are ten, not twenty.
        let seen: usize = thread::scope(|scope| {
            let consumers =
                [data_rx, other_rx].map(|data_rx| scope.spawn(move || data_rx.into_iter().count()));
            for _ in 0..10 {
                data_tx.send(Arc::clone(&data)).unwrap();
            }
            drop(data_tx);
            consumers
                .map(|consumer| consumer.join().unwrap())
                .iter()
                .sum()
        });
        assert_eq!(seen, 10);

        // Right: a channel for each, and a clone of the `Arc` in each.
        let seen = Mutex::new([0, 0]);
        let see = |consumer: usize| {
            let seen = &seen;
            move |_: &[u8]| seen.lock().unwrap()[consumer] += 1
        };
        let buffers = std::iter::repeat_n(data, 10);
        analyse(buffers, 1, &[see(0), see(1)], |rows| rows.count());
        assert_eq!(seen.into_inner().unwrap(), [10, 10]);
    });
}

#[test]
fn an_arc_made_of_a_vec_is_a_copy() {
    // Wrong, where it is large: the counts of an `Arc` stand before its data, and a `Vec` has no
    // place for them.
    let vec = vec![7_u8; 1_000];
    let vec_at = vec.as_ptr();
    let copy: Arc<[u8]> = vec.into();
    assert_ne!(copy.as_ptr(), vec_at);

    // Right: made in place, and written to while nobody shares it.
    let mut data: Arc<[u8]> = std::iter::repeat_n(0, 1_000).collect();
    let data_at = data.as_ptr();
    Arc::get_mut(&mut data).expect("not shared yet").fill(7);
    assert_eq!(data, copy);
    assert_eq!(data.as_ptr(), data_at);

    // Right too: the `Vec` as it is, one pointer further away.
    let vec = vec![7_u8; 1_000];
    let vec_at = vec.as_ptr();
    assert_eq!(Arc::new(vec).as_ptr(), vec_at);
}

#[test]
fn a_channel_for_each_kind_of_message_loses_the_order() {
    within(|| {
        // Wrong: a task is sent and then cancelled, over two channels. A worker that looks at the
        // cancellations first finds none such task, and does it.
        let (task_tx, task_rx) = sync_channel(1);
        let (cancel_tx, cancel_rx) = sync_channel(1);
        task_tx.send(1).unwrap();
        cancel_tx.send(1).unwrap();
        let mut pending = Vec::new();
        for id in cancel_rx.try_iter() {
            pending.retain(|&task| task != id);
        }
        pending.extend(task_rx.try_iter());
        assert_eq!(pending, [1]);

        // Right: two kinds of message, in one channel.
        let task = Task {
            id: 1,
            payload: Vec::new(),
        };
        let (state, ()) = owned::run(1, drop, |message_tx| {
            message_tx.send(Message::Task(task)).unwrap();
            message_tx.send(Message::Cancel { id: 1 }).unwrap();
            message_tx.send(Message::Flush).unwrap();
        });
        assert_eq!((state.cancelled, state.done), (1, 0));
    });
}

#[test]
fn a_clone_of_a_handle_is_no_copy() {
    /// Wrong as a checkpoint: a clone shares the counter.
    #[derive(Clone, Default)]
    struct Shared(Arc<AtomicU64>);

    /// Right: a clone has one of its own.
    #[derive(Clone, Default)]
    struct Owned(u64);

    within(|| {
        let step = |state: &mut Shared, n| {
            state.0.fetch_add(n, SeqCst);
        };
        let (_, checkpoints) =
            fold_with_checkpoints(1..=3, Shared::default(), count(1), 3, step, |checkpoints| {
                checkpoints.collect::<Vec<_>>()
            });
        let sums: Vec<u64> = checkpoints
            .iter()
            .map(|state| state.0.load(SeqCst))
            .collect();
        assert_eq!(sums, [6, 6, 6]);

        let step = |state: &mut Owned, n| state.0 += n;
        let (_, checkpoints) =
            fold_with_checkpoints(1..=3, Owned::default(), count(1), 3, step, |checkpoints| {
                checkpoints.collect::<Vec<_>>()
            });
        let sums: Vec<u64> = checkpoints.iter().map(|state| state.0).collect();
        assert_eq!(sums, [1, 3, 6]);
    });
}

#[test]
fn every_message_is_as_large_as_the_largest() {
    #[expect(clippy::large_enum_variant, dead_code, reason = "the wrong shape")]
    enum Wrong {
        Block([u8; 4_096]),
        Flush,
    }
    #[expect(dead_code, reason = "only its size is wanted")]
    enum Right {
        Block(Box<[u8; 4_096]>),
        Flush,
    }

    // A channel with a thousand places for `Wrong` takes 4 MB, and each `Flush` is a copy of 4 KiB.
    assert_eq!(size_of_val(&Wrong::Flush), 4_097);
    assert_eq!(size_of_val(&Right::Flush), size_of::<usize>());
}
