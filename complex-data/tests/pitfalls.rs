//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};
use std::{iter, mem, thread};

use complex_data::batched::batches;
use complex_data::batcher::Batcher;
use complex_data::cloned::fold_with_checkpoints;
use complex_data::owned::{self, Message, Task};
use complex_data::shared::analyse;
use crossbeam_channel::{TryRecvError, unbounded};
use testkit::within;

const MS: Duration = Duration::from_millis(1);

/// An item waits forever in a batch.
mod a_batch_by_count_waits_for_a_slow_producer {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (item_tx, item_rx) = channel();
            let (batch_tx, batch_rx) = channel();
            thread::spawn(move || {
                let mut batch = Vec::new();
                for item in item_rx {
                    batch.push(item);
                    if batch.len() == 5 {
                        batch_tx.send(mem::take(&mut batch)).unwrap();
                    }
                }
                batch_tx.send(batch).unwrap();
            });
            (0..3).for_each(|n| item_tx.send(n).unwrap());
            // They wait for two more. With this producer, they come at its end: however long this
            // waits, it is in vain.
            let early = batch_rx.recv_timeout(20 * MS);
            assert_eq!(early, Err(RecvTimeoutError::Timeout));
            drop(item_tx);
            assert_eq!(batch_rx.recv(), Ok(vec![0, 1, 2]));
        });
    }

    #[test]
    fn right() {
        within(|| {
            // By time too: the three come while the producer is there and sends no more.
            let (item_tx, item_rx) = channel();
            (0..3).for_each(|n| item_tx.send(n).unwrap());
            let first = batches(item_rx, 5, MS, Instant::now).next();
            assert_eq!(first, Some(vec![0, 1, 2]));
            drop(item_tx);
        });
    }
}

/// The same, although there is a time limit.
mod a_linger_that_each_item_renews_does_not_end {
    use super::*;

    const LINGER: Duration = Duration::from_millis(10);

    /// An item every nine milliseconds.
    fn times() -> impl Iterator<Item = Instant> {
        let start = Instant::now();
        (0..1_000).map(move |n| start + 9 * n * MS)
    }

    #[test]
    fn wrong() {
        // `recv_timeout(LINGER)` for each item: the time counts from the last one.
        let mut due = None;
        for now in times() {
            assert!(due.is_none_or(|due| now < due), "it is never due");
            due = Some(now + LINGER);
        }
    }

    #[test]
    fn right() {
        // It counts from the first. Every third item finds the batch due.
        let mut batcher = Batcher::new(1_000, LINGER);
        let batches = times().filter_map(|now| batcher.push(now, now));
        assert_eq!(
            batches
                .filter(|batch| batch[2] - batch[0] == 18 * MS)
                .count(),
            333
        );
    }
}

/// Each of several consumers sees only some of the buffers.
mod consumers_on_one_channel_get_a_part_each {
    use super::*;

    #[test]
    fn wrong() {
        // A clone of the receiver for each: what one receives, the other does not see.
        let (data_tx, data_rx) = unbounded();
        let other_rx = data_rx.clone();
        data_tx.send(Arc::new([7; 1_000])).unwrap();
        assert!(data_rx.recv().is_ok());
        assert_eq!(other_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        within(|| {
            // A channel for each, and a clone of the `Arc` in each.
            let buffers = iter::repeat_n(Arc::new([7; 1_000]), 10);
            thread::scope(|scope| {
                let rows = analyse(scope, buffers, 1, [|data: &[i32; 1_000]| data[999]; 2]);
                assert!(rows.eq([[7, 7]; 10]));
            });
        });
    }
}

/// Memory doubles when an `Arc<[T]>` is made.
mod an_arc_made_of_a_vec_is_a_copy {
    use super::*;

    #[test]
    fn wrong() {
        // The counts of an `Arc` stand before its data, and a `Vec` has no place for them.
        let vec = vec![7_u8; 1_000];
        let vec_at = vec.as_ptr();
        assert_ne!(Arc::<[u8]>::from(vec).as_ptr(), vec_at);
    }

    #[test]
    fn right() {
        // Made in place, and written to while nobody shares it.
        let mut data: Arc<[u8]> = iter::repeat_n(0, 1_000).collect();
        let data_at = data.as_ptr();
        Arc::get_mut(&mut data).unwrap().fill(7);
        assert_eq!((data.as_ptr(), data[999]), (data_at, 7));
        // Or the `Vec` as it is, one pointer further away.
        let vec = vec![7_u8; 1_000];
        let vec_at = vec.as_ptr();
        assert_eq!(Arc::new(vec).as_ptr(), vec_at);
    }
}

/// A message overtakes one that was sent earlier.
mod a_channel_for_each_kind_of_message_loses_the_order {
    use super::*;

    #[test]
    fn wrong() {
        // A task is sent and then cancelled. A worker that looks at the cancellations first finds
        // no such task, and does it.
        let ((task_tx, task_rx), (cancel_tx, cancel_rx)) = (channel(), channel());
        task_tx.send(1).unwrap();
        cancel_tx.send(1).unwrap();
        let mut pending = Vec::new();
        for id in cancel_rx.try_iter() {
            pending.retain(|&task| task != id);
        }
        pending.extend(task_rx.try_iter());
        assert_eq!(pending, [1]);
    }

    #[test]
    fn right() {
        within(|| {
            thread::scope(|scope| {
                let (message_tx, worker) = owned::start(scope, 1, drop);
                let task = Task {
                    id: 1,
                    payload: Vec::new(),
                };
                message_tx.send(Message::Task(task)).unwrap();
                message_tx.send(Message::Cancel { id: 1 }).unwrap();
                drop(message_tx);
                assert_eq!(worker.join().unwrap().cancelled, 1);
            });
        });
    }
}

/// A clone changes after it was sent.
mod a_clone_of_a_handle_is_no_copy {
    use super::*;

    /// What a state shows at each of three checkpoints, once all are there.
    fn shown<S: Clone + Send>(state: S, add: fn(&mut S, u64), show: fn(S) -> u64) -> Vec<u64> {
        thread::scope(|scope| {
            let (saved, worker) = fold_with_checkpoints(scope, 1..=3, state, 1, 3, add);
            worker.join().expect("there is room for all");
            saved.into_iter().map(show).collect()
        })
    }

    #[test]
    fn wrong() {
        let add = |state: &mut Arc<AtomicU64>, n| _ = state.fetch_add(n, SeqCst);
        assert_eq!(
            shown(Arc::default(), add, |state| state.load(SeqCst)),
            [6, 6, 6]
        );
    }

    #[test]
    fn right() {
        assert_eq!(shown(0, |state, n| *state += n, |state| state), [1, 3, 6]);
    }
}

/// A small message costs as much as the largest.
mod every_message_is_as_large_as_the_largest {
    /// A channel with a thousand places for these takes 4 MB where a block is in them.
    #[expect(dead_code, reason = "only its size is wanted")]
    enum Message<Block> {
        Block(Block),
        Flush,
    }

    #[test]
    fn wrong() {
        assert_eq!(size_of::<Message<[u8; 4_096]>>(), 4_097);
    }

    #[test]
    fn right() {
        assert_eq!(size_of::<Message<Box<[u8; 4_096]>>>(), size_of::<usize>());
    }
}
