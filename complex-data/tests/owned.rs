//! What `owned` promises:
//!
//! - the worker does what a loop does, in the order of the messages:
//!   `the_worker_does_what_a_loop_does`
//! - and loses no task of several producers: `the_worker_does_what_a_loop_does`
//! - a payload is never copied: `a_payload_stays_where_it_is`
//! - a full queue makes the producer wait: `no_more_than_the_capacity_waits_for_a_busy_worker`
//! - a panic of the work comes out of the join, and ends the sends:
//!   `a_panic_in_the_work_ends_the_sends`
//! - a panic of the producer ends the worker: `a_panic_in_the_producer_ends_the_worker`
//! - no thread left is a panic: `a_thread_that_cannot_start_is_a_panic`

use std::sync::mpsc::{SendError, SyncSender, channel, sync_channel};
use std::thread;

use complex_data::owned::{Message, Task, start};
use proptest::prelude::*;
use testkit::{panic_of, within};

fn task(id: u64) -> Message {
    let payload = id.to_be_bytes().to_vec();
    Message::Task(Task { id, payload })
}

fn send_all(
    message_tx: &SyncSender<Message>,
    messages: impl IntoIterator<Item = Message>,
) -> Result<(), SendError<Message>> {
    let mut messages = messages.into_iter();
    messages.try_for_each(|message| message_tx.send(message))
}

/// Some messages, with ids that meet each other.
fn messages() -> impl Strategy<Value = Vec<Message>> {
    let message = prop_oneof![
        4 => (0_u64..6).prop_map(task),
        2 => (0_u64..6).prop_map(|id| Message::Cancel { id }),
        1 => Just(()).prop_map(|()| Message::Flush),
    ];
    prop::collection::vec(message, 0..60)
}

proptest! {
    #[test]
    fn the_worker_does_what_a_loop_does(
        messages in prop::collection::vec(messages(), 1..4),
        capacity in 0_usize..4,
    ) {
        let (mut pending, mut done, mut cancelled) = (Vec::<u64>::new(), Vec::new(), 0);
        for message in messages.iter().flatten() {
            match message {
                Message::Task(task) => pending.push(task.id),
                Message::Flush => done.append(&mut pending),
                Message::Cancel { id } => {
                    if let Some(at) = pending.iter().position(|other| other == id) {
                        pending.remove(at);
                        cancelled += 1;
                    }
                }
            }
        }
        let producers = messages.len();
        let (worked, state) = within(move || thread::scope(|scope| {
            let (worked_tx, worked_rx) = channel();
            let (message_tx, worker) = start(scope, capacity, move |task| worked_tx.send(task.id).unwrap());
            for messages in messages {
                let message_tx = message_tx.clone();
                scope.spawn(move || send_all(&message_tx, messages).unwrap());
            }
            drop(message_tx);
            (worked_rx.iter().collect::<Vec<_>>(), worker.join().unwrap())
        }));
        // Of one producer, the order is known; of several, how many tasks there were.
        let tasks = (done.len() + pending.len()) as u64 + cancelled;
        prop_assert_eq!(state.done, worked.len() as u64);
        prop_assert_eq!(tasks, state.done + state.cancelled + state.pending.len() as u64);
        if producers == 1 {
            prop_assert_eq!((worked, state.cancelled), (done, cancelled));
            prop_assert!(state.pending.iter().map(|task| task.id).eq(pending));
        }
    }
}

#[test]
fn a_payload_stays_where_it_is() {
    within(|| {
        let payloads = [vec![1; 1_000], vec![2; 1_000]];
        let sent = payloads.each_ref().map(|payload| payload.as_ptr() as usize);
        let mut seen = Vec::new();
        let state = thread::scope(|scope| {
            let work = |task: Task| seen.push(task.payload.as_ptr() as usize);
            let (message_tx, worker) = start(scope, 1, work);
            let [first, second] = payloads.map(|payload| Message::Task(Task { id: 1, payload }));
            send_all(&message_tx, [first, Message::Flush, second]).unwrap();
            drop(message_tx);
            worker.join().unwrap()
        });
        // The first in the worker's hands, the second back in the caller's.
        seen.push(state.pending[0].payload.as_ptr() as usize);
        assert_eq!(seen, sent);
    });
}

#[test]
fn no_more_than_the_capacity_waits_for_a_busy_worker() {
    within(|| {
        for capacity in 0..4 {
            let (busy_tx, busy_rx) = sync_channel(0);
            thread::scope(|scope| {
                // It is busy until it meets the producer a second time.
                let work = |_| (0..2).for_each(|_| busy_tx.send(()).unwrap());
                let (message_tx, _) = start(scope, capacity, work);
                send_all(&message_tx, [task(0), Message::Flush]).unwrap();
                busy_rx.recv().unwrap();
                let queued = (1..9).filter(|&id| message_tx.try_send(task(id)).is_ok());
                assert_eq!(queued.count(), capacity);
                busy_rx.recv().unwrap();
            });
        }
    });
}

#[test]
fn a_panic_in_the_work_ends_the_sends() {
    within(|| {
        thread::scope(|scope| {
            let (message_tx, worker) = start(scope, 1, |task| assert!(task.id != 20, "20 is bad"));
            // Without end: only the failed send ends it.
            let SendError(_message) =
                send_all(&message_tx, (0..).flat_map(|id| [task(id), Message::Flush])).unwrap_err();
            let payload = worker.join().unwrap_err();
            assert_eq!(payload.downcast_ref(), Some(&"20 is bad"));
        });
    });
}

#[test]
fn a_panic_in_the_producer_ends_the_worker() {
    within(|| {
        let mut done = Vec::new();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let (message_tx, _worker) = start(scope, 5, |task| done.push(task.id));
                send_all(&message_tx, [task(1), Message::Flush, task(2)]).unwrap();
                panic!("the producer's own");
            })
        });
        assert_eq!(
            (message.as_str(), &done[..]),
            ("the producer's own", &[1][..])
        );
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic() {
    std::thread::leave(0);
    let message = panic_of(|| thread::scope(|scope| drop(start(scope, 1, drop))));
    assert!(message.starts_with("the system has"), "{message}");
}
