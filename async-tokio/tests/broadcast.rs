//! What `broadcast` promises.

use std::pin::pin;
use std::task::Poll;

use super::support::{on_each_flavour, on_paused_time, poll};
use async_tokio::broadcast::Event::{self, Message, Missed};
use async_tokio::broadcast::{next, publish};
use tokio::sync::broadcast::{Receiver, channel};
use tokio::task::{JoinSet, yield_now};

/// All that comes until the end.
async fn receive<T: Clone>(mut message_rx: Receiver<T>) -> Vec<Event<T>> {
    let mut events = Vec::new();
    while let Some(event) = next(&mut message_rx).await {
        events.push(event);
    }
    events
}

#[test]
fn every_subscriber_gets_every_message() {
    on_each_flavour(|| async {
        let (message_tx, _) = channel(64);
        let mut subscribers = JoinSet::new();
        for _ in 0..3 {
            subscribers.spawn(receive(message_tx.subscribe()));
        }
        let mut publishers = JoinSet::new();
        for publisher in 0..2 {
            let message_tx = message_tx.clone();
            publishers.spawn(async move {
                for n in 0..30 {
                    assert_eq!(publish(&message_tx, (publisher, n)), 3);
                }
            });
        }
        drop(message_tx);
        publishers.join_all().await;
        let mut received = subscribers.join_all().await;
        assert_eq!(received[0], received[1]);
        assert_eq!(received[0], received[2]);
        // Stable: it leaves the order of one publisher as it was.
        received[0].sort_by_key(|event| match event {
            Message((publisher, _)) => *publisher,
            Missed(_) => unreachable!("the ring has room for all"),
        });
        let expected = (0..2).flat_map(|p| (0..30).map(move |n| Message((p, n))));
        assert_eq!(received[0], expected.collect::<Vec<_>>());
    });
}

#[test]
fn a_slow_subscriber_delays_nobody() {
    on_paused_time(|| async {
        let (message_tx, mut fast_rx) = channel(4);
        let slow_rx = message_tx.subscribe();
        for n in 0..1_000 {
            assert_eq!(publish(&message_tx, n), 2);
            assert_eq!(next(&mut fast_rx).await, Some(Message(n)));
        }
        drop(message_tx);
        let expected = [
            Missed(996),
            Message(996),
            Message(997),
            Message(998),
            Message(999),
        ];
        assert_eq!(receive(slow_rx).await, expected);
    });
}

#[test]
fn received_and_missed_are_all_there_was() {
    on_each_flavour(|| async {
        for capacity in [1, 2, 16] {
            let (message_tx, _) = channel(capacity);
            let mut subscribers = JoinSet::new();
            for _ in 0..3 {
                subscribers.spawn(receive(message_tx.subscribe()));
            }
            for n in 0..5_000_u64 {
                assert_eq!(publish(&message_tx, n), 3);
                if n % 7 == 0 {
                    yield_now().await;
                }
            }
            drop(message_tx);
            for events in subscribers.join_all().await {
                // Each message is the one after those received or missed: so the counts are right
                // at each point, and not only in the sum.
                let mut so_far = 0;
                for event in events {
                    match event {
                        Message(n) => {
                            assert_eq!(n, so_far);
                            so_far += 1;
                        }
                        Missed(missed) => so_far += missed,
                    }
                }
                assert_eq!(so_far, 5_000);
            }
        }
    });
}

#[test]
fn nobody_listening_is_no_failure() {
    on_paused_time(|| async {
        let (message_tx, message_rx) = channel(4);
        drop(message_rx);
        assert_eq!(publish(&message_tx, "early"), 0);
        let message_rx = message_tx.subscribe();
        assert_eq!(publish(&message_tx, "late"), 1);
        drop(message_tx);
        assert_eq!(receive(message_rx).await, [Message("late")]);
    });
}

#[test]
fn a_cancelled_next_loses_nothing() {
    on_paused_time(|| async {
        let (message_tx, mut message_rx) = channel(1);
        for n in 0..20_u64 {
            assert_eq!(poll(pin!(next(&mut message_rx))), Poll::Pending);
            publish(&message_tx, 3 * n);
            assert_eq!(next(&mut message_rx).await, Some(Message(3 * n)));
            assert_eq!(poll(pin!(next(&mut message_rx))), Poll::Pending);
            publish(&message_tx, 3 * n + 1);
            publish(&message_tx, 3 * n + 2);
            // What comes at the first poll is no longer the future's: each `next` yields one event.
            assert_eq!(
                poll(pin!(next(&mut message_rx))),
                Poll::Ready(Some(Missed(1)))
            );
            assert_eq!(next(&mut message_rx).await, Some(Message(3 * n + 2)));
        }
    });
}

#[test]
fn a_hundred_channels_end() {
    on_each_flavour(|| async {
        for round in 0..100 {
            let (message_tx, message_rx) = channel(4);
            let subscriber = tokio::spawn(receive(message_rx));
            let late_rx = message_tx.subscribe();
            for n in 0..round % 4 {
                publish(&message_tx, n);
            }
            drop(message_tx);
            // What is in the ring comes before the end.
            let expected: Vec<_> = (0..round % 4).map(Message).collect();
            assert_eq!(receive(late_rx).await, expected);
            assert_eq!(subscriber.await.unwrap(), expected);
        }
    });
}
