//! What `ownership` promises.

use std::sync::mpsc::{self, SendError};
use std::thread;

use super::support::IN_VAIN;
use basic_channel::ownership::Recipient;
use proptest::prelude::*;
use testkit::{panic_of, within};

#[test]
fn the_recipient_gets_the_very_same_buffer() {
    within(|| {
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |buffers| {
                let buffers = buffers.iter();
                let addresses = buffers.map(|buffer: Vec<u8>| buffer.as_ptr().addr());
                (thread::current().id(), addresses.collect::<Vec<_>>())
            });
            let buffers: Vec<Vec<u8>> = (0..10).map(|_| vec![7; 1 << 20]).collect();
            let sent: Vec<usize> = buffers.iter().map(|b| b.as_ptr().addr()).collect();
            for buffer in buffers {
                recipient.hand_over(buffer).unwrap();
            }
            let (thread, received) = recipient.finish();
            assert_ne!(thread, thread::current().id());
            assert_eq!(received, sent);
        });
    });
}

#[test]
fn the_value_that_comes_back_is_the_very_same_too() {
    within(|| {
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, drop);
            let buffer = vec![7_u8; 1 << 20];
            let sent = buffer.as_ptr();
            let Err(SendError(buffer)) = recipient.hand_over(buffer) else {
                panic!("nobody takes it");
            };
            assert_eq!(buffer.as_ptr(), sent);
            recipient.finish();
        });
    });
}

proptest! {
    #[test]
    fn values_arrive_in_order(values in prop::collection::vec(any::<u32>(), 0..200)) {
        let sent = values.clone();
        let received = within(move || thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| values.iter().collect::<Vec<u32>>());
            for value in values {
                recipient.hand_over(value).unwrap();
            }
            recipient.finish()
        }));
        prop_assert_eq!(received, sent);
    }
}

#[test]
fn what_is_not_taken_is_not_handed_over() {
    within(|| {
        thread::scope(|scope| {
            let (leave_tx, leave_rx) = mpsc::channel::<()>();
            let recipient = Recipient::start(scope, move |values| {
                let first = values.recv();
                // Nobody says that it may leave. With a place to wait in, the second value would be
                // on its way long before it does.
                leave_rx.recv_timeout(IN_VAIN).unwrap_err();
                first
            });
            assert_eq!(recipient.hand_over("first"), Ok(()));
            assert_eq!(recipient.hand_over("second"), Err(SendError("second")));
            assert_eq!(recipient.finish(), Ok("first"));
            drop(leave_tx);
        });
    });
}

#[test]
fn each_value_is_taken_or_comes_back() {
    within(|| {
        for taken in 0..100 {
            thread::scope(|scope| {
                let recipient = Recipient::start(scope, move |values| {
                    values.into_iter().take(taken).collect::<Vec<usize>>()
                });
                let refused = |value| recipient.hand_over(value).err();
                let came_back: Vec<usize> =
                    (0..100).filter_map(refused).map(|error| error.0).collect();
                assert!(came_back.into_iter().eq(taken..100));
                assert!(recipient.finish().into_iter().eq(0..taken));
            });
        }
    });
}

#[test]
fn a_panic_of_the_recipient_reaches_its_owner() {
    within(|| {
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| {
                for value in values {
                    assert!(value != "bad", "{value} value");
                }
            });
            assert_eq!(recipient.hand_over("good"), Ok(()));
            assert_eq!(recipient.hand_over("bad"), Ok(()));
            assert_eq!(recipient.hand_over("late"), Err(SendError("late")));
            assert_eq!(panic_of(|| recipient.finish()), "bad value");
        });
    });
}

#[test]
fn a_panic_of_the_owner_ends_the_recipient() {
    within(|| {
        let (seen_tx, seen_rx) = mpsc::channel();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let recipient = Recipient::start(scope, |values| {
                    seen_tx.send(values.iter().count()).unwrap();
                });
                recipient.hand_over("a value").unwrap();
                panic!("the owner's own");
            })
        });
        assert_eq!(message, "the owner's own");
        assert_eq!(seen_rx.try_recv(), Ok(1));
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let received = thread::scope(|scope| {
                let recipient = Recipient::start(scope, |values| values.iter().count());
                for value in 0..round {
                    recipient.hand_over(value).unwrap();
                }
                recipient.finish()
            });
            assert_eq!(received, round);
        }
    });
}
