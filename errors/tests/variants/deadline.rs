//! What both variants of `deadline` promise.

use std::cell::Cell;
use std::thread;
use std::time::{Duration, Instant};

use testkit::LIMIT;
use testkit::{panic_of, within};

use super::pattern::{End, receive_until, receive_until_idle};
use super::{bounded, unbounded};

/// Longer than a test may take.
const FAR: Duration = LIMIT.saturating_mul(10);
const SOON: Duration = Duration::from_millis(1);

#[test]
fn a_stream_without_end_ends_at_the_deadline() {
    within(|| {
        let (message_tx, message_rx) = unbounded();
        message_tx.send(0).unwrap();
        // By this clock, each message takes ten milliseconds.
        let start = Instant::now();
        let clock = Cell::new(start);
        let mut received = Vec::new();
        let deadline = start + Duration::from_millis(50);
        let end = receive_until(
            &message_rx,
            deadline,
            || clock.get(),
            |n| {
                received.push(n);
                clock.set(clock.get() + Duration::from_millis(10));
                message_tx.send(n + 1).unwrap();
            },
        );
        assert_eq!((received, end), (vec![0, 1, 2, 3, 4], End::TimedOut));
        // The next one is still there.
        assert_eq!(message_rx.try_iter().collect::<Vec<_>>(), [5]);
    });
}

#[test]
fn after_the_deadline_messages_stay_queued() {
    within(|| {
        let (message_tx, message_rx) = unbounded();
        for n in 0..3 {
            message_tx.send(n).unwrap();
        }
        let now = Instant::now();
        for past in [
            now,
            now.checked_sub(Duration::from_millis(1)).unwrap_or(now),
        ] {
            let end = receive_until(&message_rx, past, || now, |n| panic!("received {n}"));
            assert_eq!(end, End::TimedOut);
        }
        assert_eq!(message_rx.try_iter().collect::<Vec<_>>(), [0, 1, 2]);
    });
}

#[test]
fn queued_messages_come_before_the_end() {
    within(|| {
        for sent in [0, 1, 100] {
            let queued = || {
                let (message_tx, message_rx) = unbounded();
                (0..sent).for_each(|n| message_tx.send(n).unwrap());
                message_rx
            };
            let mut received = Vec::new();
            let each = |n| received.push(n);
            let end = receive_until(&queued(), Instant::now() + FAR, Instant::now, each);
            assert_eq!(end, End::Disconnected);
            assert!(received.into_iter().eq(0..sent));

            let mut received = Vec::new();
            let end = receive_until_idle(&queued(), FAR, |n| received.push(n));
            assert_eq!(end, End::Disconnected);
            assert!(received.into_iter().eq(0..sent));
        }
    });
}

#[test]
fn a_channel_that_stays_open_times_out() {
    within(|| {
        let (message_tx, message_rx) = unbounded();
        message_tx.send(7).unwrap();
        let mut received = Vec::new();
        let end = receive_until_idle(&message_rx, SOON, |n| received.push(n));
        assert_eq!((received, end), (vec![7], End::TimedOut));
        let end = receive_until(&message_rx, Instant::now() + SOON, Instant::now, |n| {
            panic!("received {n}")
        });
        assert_eq!(end, End::TimedOut);
    });
}

#[test]
fn a_message_that_comes_later_is_waited_for() {
    within(|| {
        for capacity in [0, 1] {
            for idle in [false, true] {
                let (message_tx, message_rx) = bounded(capacity);
                let (next_tx, next_rx) = unbounded();
                thread::scope(|scope| {
                    // Sends each message only when the one before it has been received.
                    scope.spawn(move || {
                        message_tx.send(0).unwrap();
                        for n in next_rx {
                            message_tx.send(n).unwrap();
                        }
                    });
                    let mut next_tx = Some(next_tx);
                    let mut received = 0;
                    let each = |n| {
                        assert_eq!(n, received);
                        received += 1;
                        if received == 100 {
                            next_tx = None;
                        } else if let Some(next_tx) = &next_tx {
                            next_tx.send(received).unwrap();
                        }
                    };
                    let end = if idle {
                        receive_until_idle(&message_rx, FAR, each)
                    } else {
                        receive_until(&message_rx, Instant::now() + FAR, Instant::now, each)
                    };
                    assert_eq!((received, end), (100, End::Disconnected));
                });
            }
        }
    });
}

#[test]
fn an_idle_limit_starts_anew_with_each_message() {
    const IDLE: Duration = Duration::from_millis(20);
    within(|| {
        let (message_tx, message_rx) = unbounded();
        message_tx.send(0).unwrap();
        let (_never_tx, never_rx) = unbounded::<()>();
        // The message takes as long as the limit. The wait for the next begins after that.
        let mut done = Instant::now();
        let end = receive_until_idle(&message_rx, IDLE, |_| {
            assert!(never_rx.recv_timeout(IDLE).is_err());
            done = Instant::now();
        });
        assert_eq!(end, End::TimedOut);
        assert!(done.elapsed() >= IDLE, "{:?}", done.elapsed());
    });
}

#[test]
fn a_panic_leaves_the_rest_in_the_channel() {
    within(|| {
        let (message_tx, message_rx) = unbounded();
        (0..3).for_each(|n| message_tx.send(n).unwrap());
        let each = |n| assert!(n != 1, "1 is bad");
        let message =
            panic_of(|| receive_until(&message_rx, Instant::now() + FAR, Instant::now, each));
        assert_eq!(message, "1 is bad");
        assert_eq!(message_rx.try_iter().collect::<Vec<_>>(), [2]);
    });
}
