//! What `mpsc` promises:
//!
//! - a batch is what waits, up to the limit: `a_batch_is_what_waits_up_to_the_limit`,
//!   `a_batch_without_room_is_refused`
//! - a stop is heard though the queue is never empty: `a_queue_that_is_never_empty_can_be_stopped`
//! - what was accepted before the stop is received, in the order of each sender, and what comes later
//!   is given back: `what_was_accepted_before_the_stop_is_received`
//! - dropped at any moment, it loses nothing: `a_cancelled_wait_loses_nothing`

use std::future::{Future, pending, ready};
use std::pin::pin;

use super::support::{on_each_flavour, paused, poll};
use async_tokio::mpsc::next_batch;
use testkit::panic_of;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::{JoinSet, yield_now};

/// The next batch, in a vector that still holds something else.
async fn batch(message_rx: &mut Receiver<usize>, limit: usize) -> Vec<usize> {
    let mut batch = vec![99];
    let received = next_batch(message_rx, &mut batch, limit, &mut pending()).await;
    assert_eq!(received, batch.len());
    batch
}

/// All messages that come until the end.
async fn rest<T>(rx: &mut Receiver<T>, limit: usize, stop: impl Future<Output = ()>) -> Vec<T> {
    let (mut stop, mut batch, mut received) = (pin!(stop), Vec::new(), Vec::new());
    while next_batch(rx, &mut batch, limit, &mut stop).await > 0 {
        received.append(&mut batch);
    }
    received
}

#[tokio::test]
async fn a_batch_is_what_waits_up_to_the_limit() {
    let (message_tx, mut message_rx) = channel(8);
    for n in 0..5 {
        message_tx.send(n).await.unwrap();
    }
    assert_eq!(batch(&mut message_rx, 3).await, [0, 1, 2]);
    assert_eq!(batch(&mut message_rx, 3).await, [3, 4]);
    {
        let mut next = pin!(batch(&mut message_rx, 3));
        assert!(poll(next.as_mut()).is_pending());
        message_tx.send(5).await.unwrap();
        assert_eq!(next.await, [5]);
    }
    drop(message_tx);
    assert!(batch(&mut message_rx, 3).await.is_empty());
}

#[test]
fn a_batch_without_room_is_refused() {
    let (_message_tx, mut message_rx) = channel(1);
    let message = panic_of(|| paused().block_on(batch(&mut message_rx, 0)));
    assert_eq!(message, "a batch has room for a message");
}

#[tokio::test]
async fn a_queue_that_is_never_empty_can_be_stopped() {
    // Many times: a stop that takes its chance among the messages is soon missed.
    for _ in 0..64 {
        let (message_tx, mut message_rx) = channel(4);
        for n in 0..4 {
            message_tx.send(n).await.unwrap();
        }
        let mut first = Vec::new();
        next_batch(&mut message_rx, &mut first, 1, &mut ready(())).await;
        assert_eq!(message_tx.send(4).await.unwrap_err().0, 4);
        assert_eq!(first, [0]);
        assert_eq!(rest(&mut message_rx, 2, pending()).await, [1, 2, 3]);
    }
}

#[test]
fn what_was_accepted_before_the_stop_is_received() {
    on_each_flavour(|| async {
        for (capacity, limit) in [(1, 1), (1, 8), (4, 3)] {
            let (message_tx, mut message_rx) = channel(capacity);
            let mut senders = JoinSet::new();
            for sender in 0..3 {
                let message_tx = message_tx.clone();
                senders.spawn(async move {
                    let mut accepted = Vec::new();
                    while message_tx.send((sender, accepted.len())).await.is_ok() {
                        accepted.push((sender, accepted.len()));
                    }
                    accepted
                });
            }
            let stop = async {
                for _ in 0..50 {
                    yield_now().await;
                }
            };
            let mut received = rest(&mut message_rx, limit, stop).await;
            let mut accepted = senders.join_all().await;
            accepted.sort_unstable_by_key(|accepted| accepted.first().copied());
            // Stable: it leaves the order of one sender as it was.
            received.sort_by_key(|&(sender, _)| sender);
            assert_eq!(received, accepted.concat());
        }
    });
}

#[tokio::test]
async fn a_cancelled_wait_loses_nothing() {
    let (message_tx, mut message_rx) = channel(2);
    for n in 0..20 {
        assert!(poll(pin!(batch(&mut message_rx, 8))).is_pending());
        message_tx.send(n).await.unwrap();
        assert_eq!(batch(&mut message_rx, 8).await, [n]);
    }
    // After the stop, too, which must not be polled again: it waits for a place that was reserved.
    let mut stop = pin!(async {});
    let permit = message_tx.reserve().await.unwrap();
    assert!(poll(pin!(rest(&mut message_rx, 8, &mut stop))).is_pending());
    permit.send(20);
    assert_eq!(rest(&mut message_rx, 8, stop).await, [20]);
}
