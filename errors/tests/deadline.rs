//! What `deadline` promises:
//! - the deadline ends the loop, however fast messages come, and nothing is received after it:
//!   `a_stream_without_end_ends_at_the_deadline`
//! - the idle limit starts anew with each message, when that has been handled:
//!   `an_idle_limit_starts_anew_with_each_message`
//! - messages come in order, then the end: `all_that_is_sent_comes_before_the_end`
//! - a channel that stays open ends in time: `a_channel_that_stays_open_times_out`
//! - a deadline that has passed gives nothing: `after_the_deadline_messages_stay_queued`
//! - nothing is lost: `after_the_deadline_messages_stay_queued`,
//!   `a_loop_that_is_left_loses_nothing`
//! - a limit may be longer than any clock runs: `all_that_is_sent_comes_before_the_end`

use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use errors::deadline::{End, Messages, receive_until, receive_until_idle, receive_within};
use testkit::{LIMIT, MANY, within};

/// Longer than a test may take.
const FAR: Duration = LIMIT.saturating_mul(10);
const SOON: Duration = Duration::from_millis(5);

/// The receiver of a channel that holds the numbers up to `sent`, and whose sender is gone.
fn queued(sent: usize) -> Receiver<usize> {
    let (message_tx, message_rx) = channel();
    (0..sent).for_each(|n| message_tx.send(n).expect("the receiver is here"));
    message_rx
}

/// Stands for work that takes a while.
fn work() {
    let (_tx, rx) = channel::<()>();
    assert!(rx.recv_timeout(SOON).is_err());
}

#[test]
fn a_stream_without_end_ends_at_the_deadline() {
    within(|| {
        let (message_tx, message_rx) = sync_channel(3);
        let producer = thread::spawn(move || (0..).try_for_each(|n| message_tx.send(n)));
        let mut messages = receive_within(&message_rx, 4 * SOON);
        let received = messages.by_ref().inspect(|_| work()).count();
        assert!(received <= 4, "{received} received");
        assert_eq!(messages.end(), Some(End::TimedOut));
        // The next ones are still there.
        assert!(message_rx.iter().take(5).eq(received..received + 5));
        drop(message_rx);
        assert!(producer.join().unwrap().is_err());
    });
}

#[test]
fn an_idle_limit_starts_anew_with_each_message() {
    within(|| {
        let message_rx = queued(4);
        let mut messages = receive_until_idle(&message_rx, SOON);
        assert_eq!(messages.by_ref().inspect(|_| work()).count(), 4);
        assert_eq!(messages.end(), Some(End::Disconnected));
    });
}

#[test]
fn all_that_is_sent_comes_before_the_end() {
    type Way = fn(&Receiver<usize>) -> Messages<'_, usize>;
    let ways: [Way; 4] = [
        |rx| receive_until(rx, Instant::now() + FAR),
        |rx| receive_within(rx, FAR),
        |rx| receive_within(rx, Duration::MAX),
        |rx| receive_until_idle(rx, FAR),
    ];
    within(move || {
        for receive in ways {
            let message_rx = queued(3);
            assert!(receive(&message_rx).eq(0..3));

            // Each is waited for.
            let (message_tx, message_rx) = sync_channel(0);
            let producer = thread::spawn(move || (0..MANY).try_for_each(|n| message_tx.send(n)));
            let mut messages = receive(&message_rx);
            assert!(messages.by_ref().eq(0..MANY));
            assert_eq!(messages.end(), Some(End::Disconnected));
            producer.join().unwrap().unwrap();
        }
    });
}

#[test]
fn a_channel_that_stays_open_times_out() {
    within(|| {
        let (message_tx, message_rx) = channel();
        message_tx.send(7).unwrap();
        let mut messages = receive_until_idle(&message_rx, SOON);
        assert_eq!(messages.end(), None);
        assert_eq!(messages.by_ref().collect::<Vec<_>>(), [7]);
        assert_eq!(messages.end(), Some(End::TimedOut));

        let deadline = Instant::now() + SOON;
        let mut messages = receive_until(&message_rx, deadline);
        assert_eq!(messages.next(), None);
        assert_eq!(messages.end(), Some(End::TimedOut));
        assert!(Instant::now() >= deadline);
    });
}

#[test]
fn after_the_deadline_messages_stay_queued() {
    within(|| {
        let message_rx = queued(3);
        // Past as soon as it is looked at.
        let mut messages = receive_until(&message_rx, Instant::now());
        assert_eq!(messages.next(), None);
        assert_eq!(messages.end(), Some(End::TimedOut));
        assert_eq!(receive_within(&message_rx, Duration::ZERO).next(), None);
        // An idle limit of zero empties the channel.
        assert!(receive_until_idle(&message_rx, Duration::ZERO).eq(0..3));
    });
}

#[test]
fn a_loop_that_is_left_loses_nothing() {
    within(|| {
        let message_rx = queued(3);
        let mut messages = receive_within(&message_rx, FAR);
        for n in &mut messages {
            if n == 1 {
                break;
            }
        }
        assert_eq!(messages.end(), None);
        assert!(message_rx.iter().eq([2]));
    });
}
