//! What `timed_send` promises.

use std::convert::Infallible;
use std::sync::mpsc::{self, RecvError};
use std::thread;
use std::time::Duration;

use errors::timed_send::{SendTimeoutError, channel};
use testkit::{Ledger, count, within};

#[test]
fn messages_arrive_in_order() {
    within(|| {
        for capacity in 1..4 {
            for sent in [0, 1, 1_000] {
                let (message_tx, message_rx) = channel(count(capacity));
                thread::scope(|scope| {
                    scope.spawn(move || {
                        for n in 0..sent {
                            // As long as it takes.
                            message_tx.send_timeout(n, Duration::MAX).unwrap();
                        }
                    });
                    for n in 0..sent {
                        assert_eq!(message_rx.recv(), Ok(n));
                    }
                    assert_eq!(message_rx.recv(), Err(RecvError));
                });
            }
        }
    });
}

#[test]
fn a_message_that_finds_no_room_comes_back() {
    within(|| {
        for capacity in 1..4 {
            let (message_tx, message_rx) = channel(count(capacity));
            let full = || {
                // The very same one: what it owns has not moved.
                let message = Box::new(7);
                let address = &raw const *message;
                for limit in [Duration::ZERO, Duration::from_millis(1)] {
                    let failed = message_tx.send_timeout(message.clone(), limit);
                    assert_eq!(failed, Err(SendTimeoutError::Timeout(Box::new(7))));
                }
                let Err(SendTimeoutError::Timeout(message)) =
                    message_tx.send_timeout(message, Duration::ZERO)
                else {
                    panic!("it is full")
                };
                assert_eq!(&raw const *message, address);
            };
            for n in 0..capacity {
                let sent = message_tx.send_timeout(Box::new(n), Duration::ZERO);
                assert_eq!(sent, Ok(()));
            }
            full();
            // Each message that is received makes room for one.
            for n in 0..10 {
                assert_eq!(*message_rx.recv().unwrap(), n);
                let sent = message_tx.send_timeout(Box::new(n + capacity), Duration::ZERO);
                assert_eq!(sent, Ok(()));
                full();
            }
        }
    });
}

#[test]
fn a_receiver_that_goes_ends_the_wait() {
    within(|| {
        for round in 0..100 {
            let (message_tx, message_rx) = channel(count(1));
            message_tx.send_timeout(0, Duration::ZERO).unwrap();
            thread::scope(|scope| {
                // It goes before or after the send begins to wait.
                scope.spawn(move || drop(message_rx));
                let failed = message_tx.send_timeout(round, Duration::MAX);
                assert_eq!(failed, Err(SendTimeoutError::Disconnected(round)));
            });
            let failed = message_tx.send_timeout(round, Duration::ZERO);
            assert_eq!(failed, Err(SendTimeoutError::Disconnected(round)));
        }
        // With permits left over, too.
        let (message_tx, message_rx) = channel(count(2));
        drop(message_rx);
        let failed = message_tx.send_timeout(7, Duration::ZERO);
        assert_eq!(failed, Err(SendTimeoutError::Disconnected(7)));
    });
}

/// Waits when it is dropped.
struct Lingering(mpsc::Receiver<Infallible>);

impl Drop for Lingering {
    fn drop(&mut self) {
        assert!(self.0.recv().is_err());
    }
}

#[test]
fn a_message_that_is_slow_to_drop_holds_no_sender() {
    within(|| {
        let (message_tx, message_rx) = channel(count(1));
        // It is gone when the sender has got the second message back.
        let (back_tx, back_rx) = mpsc::channel();
        let first = Some(Lingering(back_rx));
        assert!(message_tx.send_timeout(first, Duration::ZERO).is_ok());
        thread::scope(|scope| {
            scope.spawn(move || drop(message_rx));
            let failed = message_tx.send_timeout(None, Duration::MAX);
            assert!(matches!(failed, Err(SendTimeoutError::Disconnected(None))));
            drop(back_tx);
        });
    });
}

#[test]
fn messages_that_wait_go_with_the_receiver() {
    within(|| {
        for received in 0..20 {
            let ledger = Ledger::default();
            let (message_tx, message_rx) = channel(count(3));
            thread::scope(|scope| {
                scope.spawn(move || {
                    for _ in 0..received {
                        drop(message_rx.recv().unwrap());
                    }
                });
                let send = |item| message_tx.send_timeout(item, Duration::MAX).is_ok();
                let accepted = ledger.items().map(send).take_while(|&sent| sent).count();
                assert!((received..=received + 3).contains(&accepted), "{accepted}");
            });
            // The sender is still here, and what was queued is not.
            ledger.assert_all_dropped();
            drop(message_tx);
        }
    });
}

#[test]
fn an_error_says_why() {
    within(|| {
        let (message_tx, message_rx) = channel(count(1));
        message_tx.send_timeout(0, Duration::ZERO).unwrap();
        let full = message_tx.send_timeout(1, Duration::ZERO).unwrap_err();
        drop(message_rx);
        let gone = message_tx.send_timeout(1, Duration::ZERO).unwrap_err();
        assert_eq!(full.to_string(), "no room within the time limit");
        assert_eq!(gone.to_string(), "the receiver is gone");
    });
}
