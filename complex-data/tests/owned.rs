//! What `owned` promises.

use std::collections::BTreeSet;
use std::sync::mpsc::{SendError, SyncSender};
use std::thread;

use complex_data::owned::{Message, State, Task, run};
use proptest::prelude::*;
use testkit::{Lead, panic_of, within};

fn task(id: u64) -> Message {
    let payload = id.to_be_bytes().to_vec();
    Message::Task(Task { id, payload })
}

fn send_all(
    messages: impl IntoIterator<Item = Message>,
    message_tx: &SyncSender<Message>,
) -> Result<(), SendError<Message>> {
    messages
        .into_iter()
        .try_for_each(|message| message_tx.send(message))
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
    fn the_worker_does_what_a_loop_does(messages in messages(), capacity in 0_usize..4) {
        let (mut pending, mut done, mut cancelled) = (Vec::<u64>::new(), Vec::new(), 0);
        for message in &messages {
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
        let (state, worked) = within(move || {
            let mut worked = Vec::new();
            let (state, sent) =
                run(capacity, |task| worked.push(task.id), |message_tx| send_all(messages, &message_tx));
            assert!(sent.is_ok());
            (state, worked)
        });
        prop_assert_eq!(&worked, &done);
        prop_assert_eq!((state.done, state.cancelled), (done.len() as u64, cancelled));
        prop_assert_eq!(state.pending.iter().map(|task| task.id).collect::<Vec<_>>(), pending);
    }

    #[test]
    fn every_task_is_accounted_for(messages in prop::collection::vec(messages(), 0..4)) {
        let tasks = messages.iter().flatten().filter(|message| matches!(message, Message::Task(_))).count();
        let (state, ()) = within(move || {
            run(1, drop, |message_tx| {
                thread::scope(|scope| {
                    for messages in messages {
                        let message_tx = message_tx.clone();
                        scope.spawn(move || send_all(messages, &message_tx).unwrap());
                    }
                });
            })
        });
        prop_assert_eq!(tasks as u64, state.done + state.cancelled + state.pending.len() as u64);
    }
}

#[test]
fn a_payload_stays_where_it_is() {
    within(|| {
        let payloads = [vec![1; 1_000], vec![2; 1_000]];
        let sent = payloads.each_ref().map(|payload| payload.as_ptr() as usize);
        let mut seen = Vec::new();
        let (state, ()) = run(
            1,
            |task| seen.push(task.payload.as_ptr() as usize),
            |message_tx| {
                let [first, second] = payloads;
                for (id, payload) in [(1, first), (2, second)] {
                    message_tx
                        .send(Message::Task(Task { id, payload }))
                        .unwrap();
                    if id == 1 {
                        message_tx.send(Message::Flush).unwrap();
                    }
                }
            },
        );
        // The first in the worker's hands, the second back in the caller's.
        seen.push(state.pending[0].payload.as_ptr() as usize);
        assert_eq!(seen, sent);
    });
}

#[test]
fn a_producer_is_never_far_ahead_of_the_worker() {
    within(|| {
        for capacity in 0..4 {
            let lead = Lead::default();
            let work = |_| lead.take();
            let (state, ()) = run(capacity, work, |message_tx| {
                for id in 0..1_000 {
                    // Each task is followed by a `Flush`, and one of both is in the worker's hands:
                    // it has taken that from the queue and has not yet counted it.
                    let ahead = lead.hand_out();
                    assert!(
                        ahead <= capacity / 2 + 2,
                        "{ahead} ahead at capacity {capacity}"
                    );
                    message_tx.send(task(id)).unwrap();
                    message_tx.send(Message::Flush).unwrap();
                }
            });
            assert_eq!(state.done, 1_000);
        }
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let mut returned = None;
        let message = panic_of(|| {
            run(
                1,
                |task| assert!(task.id != 20, "task 20 is bad"),
                // Without end: only the failed send ends it.
                |message_tx| {
                    let messages = (0..).flat_map(|id| [task(id), Message::Flush]);
                    returned = send_all(messages, &message_tx).err();
                },
            )
        });
        assert_eq!(message, "task 20 is bad");
        assert!(matches!(
            returned,
            Some(SendError(Message::Flush | Message::Task(_)))
        ));
    });
}

#[test]
fn a_producer_that_unwraps_does_not_hide_the_panic() {
    within(|| {
        let message = panic_of(|| {
            run(
                1,
                |_| panic!("the worker's own"),
                |message_tx| {
                    for id in 0.. {
                        message_tx.send(task(id)).unwrap();
                        message_tx.send(Message::Flush).unwrap();
                    }
                },
            )
        });
        assert_eq!(message, "the worker's own");
    });
}

#[test]
fn a_panic_in_the_producer_ends_the_worker() {
    within(|| {
        let mut done = BTreeSet::new();
        let message = panic_of(|| {
            run(
                5,
                |task| assert!(done.insert(task.id)),
                |message_tx| {
                    send_all([task(1), Message::Flush, task(2)], &message_tx).unwrap();
                    panic!("the producer's own");
                },
            )
        });
        assert_eq!(message, "the producer's own");
        assert_eq!(done, [1].into());
    });
}

#[test]
fn a_message_is_a_few_words() {
    // It is copied into the channel and out of it, whatever the size of its payload.
    assert!(size_of::<Message>() <= size_of::<u64>() + 4 * size_of::<usize>());
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let (state, sent) = run(
                1,
                |_| (),
                |message_tx| send_all((0..round).map(task), &message_tx),
            );
            assert!(sent.is_ok());
            assert_eq!(state.pending.len() as u64, round);
            assert_eq!((state.done, state.cancelled), (0, 0));
        }
        let (state, ()) = run(0, |_| (), drop);
        assert_eq!(state, State::default());
    });
}
