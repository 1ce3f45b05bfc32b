use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, Weak};

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::bounded;
use verify::model::std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use verify::model::std::time::{Duration, Instant};
use verify::model::std::{sync, thread};

use crate::patterns::complex_data::batched::batches;
use crate::patterns::complex_data::batcher::Batcher;
use crate::patterns::complex_data::cloned::fold_with_checkpoints;
use crate::patterns::complex_data::owned::{Message, Task, run};
use crate::patterns::complex_data::shared::analyse;
use crate::support::{Item, Lead, Ledger, count, fail, fails, numbers, pause, sorted};

const LINGER: Duration = Duration::from_millis(10);

/// More than half of it, less than the whole.
const PAUSE: Duration = Duration::from_millis(6);

#[test]
fn batched_the_batches_are_the_items() {
    explore_each(
        [(0, LINGER), (1, LINGER), (1, Duration::ZERO)],
        |(capacity, linger)| {
            let ledger = Ledger::default();
            let (item_tx, item_rx) = sync_channel(capacity);
            let mut items = ledger.items(4);
            let producer = thread::spawn(move || items.try_for_each(|item| item_tx.send(item)));
            let mut seen = Vec::new();
            for batch in batches(item_rx, count(2), linger, Instant::now) {
                assert!((1..=2).contains(&batch.len()));
                seen.extend(numbers(batch));
            }
            assert_eq!(seen, [0, 1, 2, 3]);
            assert!(producer.join().expect("it does not panic").is_ok());
            ledger.assert_empty();
        },
    );
}

#[test]
fn batched_without_a_limit_all_are_full_but_the_last() {
    explore_each([0, 1], |capacity| {
        let (item_tx, item_rx) = sync_channel(capacity);
        let producer = thread::spawn(move || (0..5).try_for_each(|n| item_tx.send(n)));
        let batches = batches(item_rx, count(2), Duration::MAX, Instant::now);
        assert_eq!(
            batches.collect::<Vec<_>>(),
            [vec![0, 1], vec![2, 3], vec![4]]
        );
        assert!(producer.join().expect("it does not panic").is_ok());
    });
}

/// The second item comes after a pause, and then none until the batch has arrived.
#[test]
fn batched_a_partial_batch_waits_for_its_linger_and_no_longer() {
    explore(|| {
        let (item_tx, item_rx) = sync_channel(1);
        let (seen_tx, seen_rx) = bounded(0);
        let producer = thread::spawn(move || {
            item_tx.send(0).expect("there is a consumer");
            pause(PAUSE);
            item_tx.send(1).expect("there is a consumer");
            seen_rx
                .recv()
                .expect("both arrive, though the sender is here");
        });
        let mut taken_at = None;
        let now = || {
            let now = Instant::now();
            taken_at.get_or_insert(now);
            now
        };
        let mut batches = batches(item_rx, count(3), LINGER, now);
        let first = batches.next();
        let ended_at = Instant::now();
        let second = (first == Some(vec![0])).then(|| batches.next());
        assert!(matches!(second, None | Some(Some(_))));
        drop(batches);
        let waited = taken_at.map(|taken_at| ended_at - taken_at);
        assert!(waited <= Some(LINGER), "{waited:?}");
        seen_tx.send(()).expect("the producer waits for it");
        producer.join().expect("it does not panic");
    });
}

#[test]
fn batched_a_consumer_that_stops_early_ends_the_producer() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = sync_channel(capacity);
        let mut items = ledger.items(u64::MAX);
        let producer = thread::spawn(move || items.try_for_each(|item| item_tx.send(item)));
        let first = batches(item_rx, count(2), LINGER, Instant::now).next();
        assert!(first.is_some());
        assert!(producer.join().expect("it does not panic").is_err());
        drop(first);
        ledger.assert_empty();
    });
}

#[test]
fn batched_a_producer_that_panics_loses_nothing_it_sent() {
    explore(|| {
        let (item_tx, item_rx) = sync_channel(1);
        let producer = thread::spawn(move || {
            assert!((0..3).try_for_each(|n| item_tx.send(n)).is_ok());
            fail()
        });
        let seen: Vec<i32> = batches(item_rx, count(2), LINGER, Instant::now)
            .flatten()
            .collect();
        assert_eq!(seen, [0, 1, 2]);
        assert!(producer.join().is_err());
    });
}

/// What the example of the pattern does: a loop that waits for several kinds of message.
#[test]
fn batcher_in_a_loop_has_each_item_in_one_batch() {
    enum Message {
        Item(Item),
        Flush,
    }
    explore(|| {
        let ledger = Ledger::default();
        let (message_tx, message_rx) = sync_channel(1);
        let items = ledger.items(4);
        let producer = thread::spawn(move || {
            for item in items {
                let flush = item.number == 2;
                message_tx
                    .send(Message::Item(item))
                    .expect("there is a loop");
                if flush {
                    message_tx.send(Message::Flush).expect("there is a loop");
                }
            }
        });
        let mut batcher = Batcher::new(count(2), LINGER);
        let mut batches = Vec::new();
        loop {
            let received = match batcher.due() {
                Some(due) => message_rx.recv_timeout(due.saturating_duration_since(Instant::now())),
                None => message_rx.recv().map_err(RecvTimeoutError::from),
            };
            batches.extend(match received {
                Ok(Message::Item(item)) => batcher.push(item, Instant::now()),
                Ok(Message::Flush) | Err(RecvTimeoutError::Timeout) => batcher.take(),
                Err(RecvTimeoutError::Disconnected) => break,
            });
        }
        // Nothing has waited past a flush: the last batch is that of the last item, or none.
        let last = batcher.take();
        assert!(last.as_ref().is_none_or(|last| last.len() == 1));
        batches.extend(last);
        producer.join().expect("it does not panic");
        assert!(batches.iter().all(|batch| (1..=2).contains(&batch.len())));
        assert_eq!(numbers(batches.into_iter().flatten()), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

/// The second item comes after a pause, and then none until the batch is there.
#[test]
fn batcher_lets_no_item_wait_longer_than_its_linger() {
    explore(|| {
        let (item_tx, item_rx) = sync_channel(1);
        let (seen_tx, seen_rx) = bounded(1);
        let producer = thread::spawn(move || {
            item_tx.send(0).expect("there is a loop");
            pause(PAUSE);
            item_tx.send(1).expect("there is a loop");
            seen_rx
                .recv()
                .expect("it arrives, though the sender is here");
        });
        let first = item_rx.recv().expect("there is a producer");
        let mut batcher = Batcher::new(count(3), LINGER);
        let taken_at = Instant::now();
        let mut batch = batcher.push(first, taken_at);
        while batch.is_none() {
            let due = batcher.due().expect("it holds an item");
            let left = due.saturating_duration_since(Instant::now());
            batch = match item_rx.recv_timeout(left) {
                Ok(item) => batcher.push(item, Instant::now()),
                Err(_) => batcher.take(),
            };
        }
        assert!(taken_at.elapsed() <= LINGER, "{:?}", taken_at.elapsed());
        seen_tx.send(()).expect("there is room for it");
        let rest = item_rx.iter().count();
        assert_eq!(batch.map_or(0, |batch| batch.len()) + rest, 2);
        producer.join().expect("it does not panic");
    });
}

#[test]
fn batcher_of_two_threads_has_each_item_in_one_batch() {
    explore(|| {
        let ledger = Ledger::default();
        let batcher = sync::Mutex::new(Batcher::new(count(3), LINGER));
        let mut seen = Vec::new();
        thread::scope(|scope| {
            let threads = [0, 2].map(|base| {
                let (batcher, ledger) = (&batcher, &ledger);
                scope.spawn(move || {
                    let push = |number| {
                        let mut batcher = batcher.lock().expect("nobody panics with it");
                        batcher.push(ledger.item(number), Instant::now())
                    };
                    (base..base + 2).filter_map(push).collect::<Vec<_>>()
                })
            });
            for thread in threads {
                let batches = thread.join().expect("it does not panic");
                assert!(batches.iter().all(|batch| batch.len() == 3));
                seen.extend(numbers(batches.into_iter().flatten()));
            }
        });
        let mut batcher = batcher.into_inner().expect("nobody panics with it");
        seen.extend(batcher.take().map(numbers).unwrap_or_default());
        assert_eq!(sorted(seen), [0, 1, 2, 3]);
        ledger.assert_empty();
    });
}

/// A state that is cloned, of items that are accounted for.
type Kept = Vec<Arc<Item>>;

fn keep(state: &mut Kept, item: Item) {
    state.push(Arc::new(item));
}

fn kept_numbers(state: &Kept) -> Vec<u64> {
    state.iter().map(|item| item.number).collect()
}

#[test]
fn cloned_checkpoints_are_those_of_a_loop() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let items = ledger.items(5);
        let (state, saved) = fold_with_checkpoints(
            items,
            Kept::new(),
            count(2),
            capacity,
            keep,
            |checkpoints| {
                let mut saved: Vec<Kept> = checkpoints.collect();
                // What becomes of a checkpoint is nothing to the others, nor to the state.
                let numbers: Vec<_> = saved.iter().map(kept_numbers).collect();
                saved.iter_mut().for_each(Kept::clear);
                numbers
            },
        );
        assert_eq!(saved, [vec![0, 1], vec![0, 1, 2, 3]]);
        assert_eq!(kept_numbers(&state), [0, 1, 2, 3, 4]);
        drop(state);
        ledger.assert_empty();
    });
}

#[test]
fn cloned_a_caller_that_stops_early_stops_the_worker() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let items = ledger.items(u64::MAX);
        let save = |checkpoints: &mut dyn Iterator<Item = Kept>| checkpoints.take(1).count();
        let (state, saved) =
            fold_with_checkpoints(items, Kept::new(), count(2), capacity, keep, save);
        assert_eq!(saved, 1);
        // It has stopped at a checkpoint, the next one or one that was in flight.
        assert!(state.len() % 2 == 0 && (4..=2 * (capacity + 2)).contains(&state.len()));
        assert!(kept_numbers(&state).into_iter().eq(0..state.len() as u64));
        drop(state);
        ledger.assert_empty();
    });
}

#[test]
fn cloned_the_worker_is_never_far_ahead_of_the_caller() {
    explore_each([0, 1], |capacity| {
        let lead = Lead::default();
        let step = |state: &mut u64, n: u64| {
            *state += n;
            lead.step();
        };
        fold_with_checkpoints(0..5, 0, count(1), capacity, step, |checkpoints| {
            lead.follow(checkpoints);
        });
        assert!(lead.most() <= capacity + 1, "{}", lead.most());
    });
}

#[test]
fn cloned_a_panic_in_the_worker_comes_in_its_turn() {
    explore_each(
        [(0, true), (0, false), (1, true), (1, false)],
        |(capacity, in_input)| {
            let ledger = Ledger::default();
            let items = ledger.items(4).inspect(|item| {
                if in_input && item.number == 2 {
                    fail();
                }
            });
            let step = |state: &mut Kept, item: Item| {
                if item.number == 2 {
                    fail();
                }
                keep(state, item);
            };
            let mut saved = Vec::new();
            let save = |checkpoints: &mut dyn Iterator<Item = Kept>| {
                saved.extend(checkpoints.map(|state| state.len()));
            };
            assert!(fails(|| {
                fold_with_checkpoints(items, Kept::new(), count(1), capacity, step, save)
            }));
            assert_eq!(saved, [1, 2]);
            ledger.assert_empty();
        },
    );
}

#[test]
fn cloned_a_panic_of_the_caller_ends_the_worker() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let items = ledger.items(u64::MAX);
        let save = |checkpoints: &mut dyn Iterator<Item = Kept>| {
            drop(checkpoints.next());
            fail()
        };
        assert!(fails(|| {
            fold_with_checkpoints(items, Kept::new(), count(1), capacity, keep, save)
        }));
        ledger.assert_empty();
    });
}

fn task(id: u64) -> Message {
    let payload = Vec::new();
    Message::Task(Task { id, payload })
}

#[test]
fn owned_the_worker_does_what_a_loop_does() {
    explore_each([0, 1], |capacity| {
        let mut done = Vec::new();
        let messages = [
            task(0),
            task(1),
            Message::Cancel { id: 0 },
            task(2),
            Message::Flush,
            Message::Cancel { id: 1 },
            task(3),
        ];
        let produce = |message_tx: SyncSender<Message>| {
            messages.into_iter().try_for_each(|m| message_tx.send(m))
        };
        let (state, sent) = run(capacity, |task| done.push(task.id), produce);
        assert!(sent.is_ok());
        assert_eq!(done, [1, 2]);
        assert_eq!((state.done, state.cancelled), (2, 1));
        assert!(state.pending.iter().map(|task| task.id).eq([3]));
    });
}

#[test]
fn owned_every_task_of_two_producers_is_accounted_for() {
    explore_each([0, 1], |capacity| {
        let mut done = Vec::new();
        let produce = |message_tx: SyncSender<Message>| {
            let other_tx = message_tx.clone();
            let other = thread::spawn(move || {
                [task(10), task(11), Message::Flush]
                    .into_iter()
                    .try_for_each(|m| other_tx.send(m))
            });
            let mine = [task(0), Message::Cancel { id: 0 }, task(1)]
                .into_iter()
                .try_for_each(|m| message_tx.send(m));
            mine.is_ok() && other.join().expect("it does not panic").is_ok()
        };
        let (state, sent) = run(capacity, |task| done.push(task.id), produce);
        assert!(sent);
        assert_eq!(state.done, done.len() as u64);
        let pending = state.pending.len() as u64;
        assert_eq!(state.done + state.cancelled + pending, 4);
        let mut left = done.clone();
        left.extend(state.pending.iter().map(|task| task.id));
        let mut expected = vec![1, 10, 11];
        // Cancelled, unless the flush came before that.
        if state.cancelled == 0 {
            expected.insert(0, 0);
        }
        assert_eq!(sorted(left), expected);
        let others: Vec<_> = done.into_iter().filter(|id| *id >= 10).collect();
        assert_eq!(others, [10, 11], "as they were sent");
    });
}

#[test]
fn owned_a_panic_in_the_work_gives_the_message_back_and_reaches_the_caller() {
    explore_each([0, 1], |capacity| {
        let mut back = None;
        let produce = |message_tx: SyncSender<Message>| {
            let mut messages = (0..).flat_map(|id| [task(id), Message::Flush]);
            // Ends, since the worker does.
            back = messages.find_map(|message| message_tx.send(message).err());
            // Like an `unwrap` of it.
            resume_unwind(Box::new("the send has failed"));
        };
        let work = |task: Task| {
            if task.id == 1 {
                fail();
            }
        };
        assert!(fails(|| run::<()>(capacity, work, produce)));
        assert!(back.is_some());
    });
}

#[test]
fn owned_a_panic_of_the_producer_ends_the_worker() {
    explore_each([0, 1], |capacity| {
        let done = AtomicUsize::new(0);
        let produce = |message_tx: SyncSender<Message>| {
            for message in [task(0), Message::Flush] {
                message_tx.send(message).expect("there is a worker");
            }
            fail()
        };
        let work = |_| _ = done.fetch_add(1, Relaxed);
        assert!(fails(|| run::<()>(capacity, work, produce)));
        assert_eq!(done.into_inner(), 1, "what was sent is done");
    });
}

#[test]
fn owned_no_more_than_the_capacity_waits_for_a_worker_that_is_busy() {
    explore_each([0, 1], |capacity| {
        let (busy_tx, busy_rx) = bounded(0);
        let (gate_tx, gate_rx) = bounded(0);
        let work = |task: Task| {
            if task.id == 0 {
                busy_tx.send(()).expect("the producer waits for it");
                gate_rx.recv().expect("the producer opens it");
            }
        };
        let produce = |message_tx: SyncSender<Message>| {
            for message in [task(0), Message::Flush] {
                message_tx.send(message).expect("there is a worker");
            }
            busy_rx.recv().expect("the worker does the task");
            let more = (1..4).map(|id| message_tx.try_send(task(id)));
            let queued = more.flatten().count();
            gate_tx.send(()).expect("the worker waits for it");
            queued
        };
        let (state, queued) = run(capacity, work, produce);
        assert_eq!(
            (state.done, state.pending.len(), queued),
            (1, queued, capacity)
        );
    });
}

type Analysis = fn(&[Item]) -> u64;

const BOTH: [Analysis; 2] = [|data| data[0].number, |data| 10 + data[0].number];

fn buffers(ledger: &Ledger, n: u64) -> impl Iterator<Item = Arc<[Item]>> + Send + 'static {
    ledger.items(n).map(|item| Arc::from([item]))
}

#[test]
fn shared_the_rows_are_those_of_a_loop() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let buffers = buffers(&ledger, 3);
        let rows: Vec<_> = analyse(buffers, capacity, &BOTH, |rows| rows.collect());
        assert_eq!(rows, [[0, 10], [1, 11], [2, 12]]);
        ledger.assert_empty();
    });
}

#[test]
fn shared_a_buffer_is_gone_when_its_row_arrives() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let given: Mutex<Vec<Weak<[Item]>>> = Mutex::default();
        let buffers = buffers(&ledger, 3).inspect(|buffer| {
            let mut given = given.lock().expect("nobody panics with it");
            given.push(Arc::downgrade(buffer));
        });
        let rows = analyse(buffers, capacity, &BOTH, |rows| {
            rows.zip(0..)
                .inspect(|&(_, number): &(_, usize)| {
                    let given = given.lock().expect("nobody panics with it");
                    assert_eq!(given[number].strong_count(), 0);
                })
                .count()
        });
        assert_eq!(rows, 3);
    });
}

#[test]
fn shared_the_input_is_never_far_ahead_of_the_caller() {
    explore_each([0, 1], |capacity| {
        let lead = Lead::default();
        let buffers = buffers(&Ledger::default(), 6).inspect(|_| lead.step());
        analyse(buffers, capacity, &BOTH[..1], |rows| lead.follow(rows));
        assert!(lead.most() <= 2 * capacity + 3, "{}", lead.most());
    });
}

#[test]
fn shared_a_caller_that_stops_early_stops_everything() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let buffers = buffers(&ledger, u64::MAX);
        assert_eq!(
            analyse(buffers, capacity, &BOTH, |rows| rows.next()),
            Some(vec![0, 10])
        );
        ledger.assert_empty();
    });
}

#[test]
fn shared_a_panic_in_an_analysis_comes_in_its_turn() {
    explore_each([0, 1], |worker| {
        let ledger = Ledger::default();
        let mut analyses = BOTH;
        analyses[worker] = |data| if data[0].number == 1 { fail() } else { 20 };
        let mut seen = Vec::new();
        let fan_in = |rows: &mut dyn Iterator<Item = Vec<u64>>| seen.extend(rows);
        let buffers = buffers(&ledger, 3);
        assert!(fails(|| analyse(buffers, 1, &analyses, fan_in)));
        let mut expected = vec![0, 10];
        expected[worker] = 20;
        assert_eq!(seen, [expected]);
        ledger.assert_empty();
    });
}

#[test]
fn shared_a_panic_in_the_input_comes_in_its_turn() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let buffers = buffers(&ledger, 3).inspect(|buffer| {
            if buffer[0].number == 2 {
                fail();
            }
        });
        let mut seen = Vec::new();
        let fan_in = |rows: &mut dyn Iterator<Item = Vec<u64>>| seen.extend(rows);
        assert!(fails(|| analyse(buffers, capacity, &BOTH, fan_in)));
        assert_eq!(seen, [[0, 10], [1, 11]]);
        ledger.assert_empty();
    });
}

#[test]
fn shared_a_panic_of_the_caller_ends_everything() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let fan_in = |rows: &mut dyn Iterator<Item = Vec<u64>>| {
            drop(rows.next());
            fail()
        };
        let buffers = buffers(&ledger, u64::MAX);
        assert!(fails(|| analyse(buffers, capacity, &BOTH, fan_in)));
        ledger.assert_empty();
    });
}
