//! What `broadcast` promises:
//!
//! - every subscriber gets every message, in the same order: `every_subscriber_gets_every_message`
//! - a slow one delays nobody; what it loses is counted, and the ring's rest still comes:
//!   `a_slow_subscriber_delays_nobody`
//! - nobody listening is no failure: `nobody_listening_is_no_failure`
//! - `next` can be dropped at any time: `a_cancelled_next_loses_nothing`

use std::pin::pin;

use super::support::poll;
use async_tokio::broadcast::Event::{self, Message, Missed};
use async_tokio::broadcast::{next, publish};
use tokio::sync::broadcast::{Receiver, channel};

/// All that comes until the end.
async fn receive<T: Clone>(mut message_rx: Receiver<T>) -> Vec<Event<T>> {
    let mut events = Vec::new();
    while let Some(event) = next(&mut message_rx).await {
        events.push(event);
    }
    events
}

#[tokio::test]
async fn every_subscriber_gets_every_message() {
    let (message_tx, one_rx) = channel(8);
    let (other_tx, other_rx) = (message_tx.clone(), message_tx.subscribe());
    for n in 0..4 {
        assert_eq!(
            publish(if n % 2 == 0 { &message_tx } else { &other_tx }, n),
            2
        );
    }
    drop((message_tx, other_tx));
    assert_eq!(receive(one_rx).await, [0, 1, 2, 3].map(Message));
    assert_eq!(receive(other_rx).await, [0, 1, 2, 3].map(Message));
}

#[tokio::test]
async fn a_slow_subscriber_delays_nobody() {
    let (message_tx, mut fast_rx) = channel(2);
    let slow_rx = message_tx.subscribe();
    for n in 0..1_000 {
        publish(&message_tx, n);
        assert_eq!(next(&mut fast_rx).await, Some(Message(n)));
    }
    drop(message_tx);
    let expected = [Missed(998), Message(998), Message(999)];
    assert_eq!(receive(slow_rx).await, expected);
}

#[tokio::test]
async fn nobody_listening_is_no_failure() {
    let (message_tx, message_rx) = channel(4);
    drop(message_rx);
    assert_eq!(publish(&message_tx, "early"), 0);
    let mut message_rx = message_tx.subscribe();
    assert_eq!(publish(&message_tx, "late"), 1);
    assert_eq!(next(&mut message_rx).await, Some(Message("late")));
}

#[tokio::test]
async fn a_cancelled_next_loses_nothing() {
    let (message_tx, mut message_rx) = channel(1);
    for _ in 0..20 {
        assert!(poll(pin!(next(&mut message_rx))).is_pending());
        publish(&message_tx, 0);
        publish(&message_tx, 1);
        assert_eq!(next(&mut message_rx).await, Some(Missed(1)));
        assert_eq!(next(&mut message_rx).await, Some(Message(1)));
    }
}
