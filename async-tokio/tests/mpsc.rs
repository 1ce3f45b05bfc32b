//! What `mpsc` promises.

use std::future::{Future, pending, ready};
use std::pin::pin;
use std::task::Poll;

use super::support::{Ledger, multi_thread, on_each_flavour, on_paused_time, poll};
use async_tokio::mpsc::next_batch;
use testkit::count;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// All messages that come until the end.
async fn receive<T>(
    mut message_rx: Receiver<T>,
    limit: usize,
    stop: impl Future<Output = ()>,
) -> Vec<T> {
    let (mut stop, mut batch, mut received) = (pin!(stop), Vec::new(), Vec::new());
    while next_batch(&mut message_rx, &mut batch, count(limit), &mut stop).await > 0 {
        received.append(&mut batch);
    }
    received
}

#[test]
fn a_batch_is_what_waits_up_to_the_limit() {
    on_paused_time(|| async {
        let (message_tx, mut message_rx) = channel(8);
        let (mut batch, mut stop) = (Vec::new(), pending());
        for n in 0..5 {
            message_tx.send(n).await.unwrap();
        }
        for expected in [&[0, 1, 2][..], &[3, 4]] {
            let received = next_batch(&mut message_rx, &mut batch, count(3), &mut stop).await;
            assert_eq!((received, &batch[..]), (expected.len(), expected));
        }
        {
            let mut next = pin!(next_batch(&mut message_rx, &mut batch, count(3), &mut stop));
            assert_eq!(poll(next.as_mut()), Poll::Pending);
            message_tx.send(5).await.unwrap();
            assert_eq!(next.await, 1);
        }
        drop(message_tx);
        let received = next_batch(&mut message_rx, &mut batch, count(3), &mut stop).await;
        assert_eq!((received, &batch[..]), (0, &[][..]));
    });
}

#[test]
fn each_sender_keeps_its_order() {
    on_each_flavour(|| async {
        for (capacity, limit) in [(1, 1), (1, 8), (64, 8)] {
            let (message_tx, message_rx) = channel(capacity);
            let mut senders = JoinSet::new();
            for sender in 0..3 {
                let message_tx = message_tx.clone();
                senders.spawn(async move {
                    for n in 0..500 {
                        message_tx.send((sender, n)).await.unwrap();
                    }
                });
            }
            drop(message_tx);
            let mut received = receive(message_rx, limit, pending()).await;
            senders.join_all().await;
            // Stable: it leaves the order of one sender as it was.
            received.sort_by_key(|&(sender, _)| sender);
            let expected: Vec<_> = (0..3).flat_map(|s| (0..500).map(move |n| (s, n))).collect();
            assert_eq!(received, expected);
        }
    });
}

#[test]
fn a_full_queue_makes_senders_wait() {
    on_paused_time(|| async {
        let (message_tx, mut message_rx) = channel(1);
        message_tx.send(0).await.unwrap();
        let (mut first, mut second) = (pin!(message_tx.send(1)), pin!(message_tx.send(2)));
        assert!(poll(first.as_mut()).is_pending());
        assert!(poll(second.as_mut()).is_pending());
        let mut batch = Vec::new();
        next_batch(&mut message_rx, &mut batch, count(8), &mut pending()).await;
        assert_eq!(batch, [0]);
        // There is one place, and it belongs to the one who came first.
        assert!(poll(second.as_mut()).is_pending());
        assert_eq!(poll(first.as_mut()), Poll::Ready(Ok(())));
        next_batch(&mut message_rx, &mut batch, count(8), &mut pending()).await;
        assert_eq!(batch, [1]);
        assert_eq!(poll(second.as_mut()), Poll::Ready(Ok(())));
    });
}

#[test]
fn a_queue_that_is_never_empty_can_be_stopped() {
    on_paused_time(|| async {
        // Many times over: a stop that takes its chance among the messages is missed soon.
        for _ in 0..64 {
            let (message_tx, mut message_rx) = channel(8);
            for n in 0..8 {
                message_tx.send(n).await.unwrap();
            }
            let (mut batch, mut stop) = (Vec::new(), ready(()));
            let received = next_batch(&mut message_rx, &mut batch, count(1), &mut stop).await;
            assert_eq!((received, &batch[..]), (1, &[0][..]));
            assert_eq!(message_tx.send(8).await.unwrap_err().0, 8);
            assert_eq!(
                receive(message_rx, 3, pending()).await,
                [1, 2, 3, 4, 5, 6, 7]
            );
        }
    });
}

#[test]
fn a_place_reserved_before_the_stop_is_waited_for() {
    on_paused_time(|| async {
        let (message_tx, message_rx) = channel(2);
        let permit = message_tx.reserve().await.unwrap();
        let unused = message_tx.reserve().await.unwrap();
        let mut received = pin!(receive(message_rx, 8, async {}));
        assert!(poll(received.as_mut()).is_pending());
        assert!(message_tx.is_closed());
        permit.send("in time");
        assert!(poll(received.as_mut()).is_pending());
        drop(unused);
        assert_eq!(received.await, ["in time"]);
    });
}

#[test]
fn what_was_accepted_before_the_stop_is_received() {
    on_each_flavour(|| async {
        for capacity in [1, 4] {
            let ledger = Ledger::default();
            let (message_tx, message_rx) = channel(capacity);
            let (stop_tx, stop_rx) = oneshot::channel();
            let mut senders = JoinSet::new();
            for _ in 0..3 {
                let (message_tx, ledger) = (message_tx.clone(), ledger.clone());
                senders.spawn(async move {
                    let mut accepted = 0;
                    while message_tx.send(ledger.item()).await.is_ok() {
                        accepted += 1;
                    }
                    accepted
                });
            }
            // Sends without end, too; it is what says stop.
            let stopper = async {
                for _ in 0..50 {
                    message_tx.send(ledger.item()).await.unwrap();
                }
                stop_tx.send(()).unwrap();
            };
            let stop = async { stop_rx.await.unwrap() };
            let (received, ()) = tokio::join!(receive(message_rx, 3, stop), stopper);
            let accepted: usize = senders.join_all().await.into_iter().sum();
            assert_eq!(received.len(), accepted + 50);
            // Each of the senders has one given back.
            assert_eq!(ledger.handed_out(), received.len() + 3);
            assert_eq!(ledger.alive(), received.len());
        }
    });
}

#[test]
fn a_cancelled_wait_loses_nothing() {
    on_paused_time(|| async {
        let (message_tx, mut message_rx) = channel(2);
        let mut batch = Vec::new();
        for n in 0..20 {
            assert!(
                poll(pin!(next_batch(
                    &mut message_rx,
                    &mut batch,
                    count(8),
                    &mut pending()
                )))
                .is_pending()
            );
            message_tx.send(n).await.unwrap();
            next_batch(&mut message_rx, &mut batch, count(8), &mut pending()).await;
            assert_eq!(batch, [n]);
        }

        // After the stop, too, which must not be polled again.
        let mut stop = pin!(async {});
        let permit = message_tx.reserve().await.unwrap();
        assert!(
            poll(pin!(next_batch(
                &mut message_rx,
                &mut batch,
                count(8),
                &mut stop
            )))
            .is_pending()
        );
        permit.send(20);
        let received = next_batch(&mut message_rx, &mut batch, count(8), &mut stop).await;
        assert_eq!((received, &batch[..]), (1, &[20][..]));
        assert_eq!(
            next_batch(&mut message_rx, &mut batch, count(8), &mut stop).await,
            0
        );
    });
}

#[test]
fn a_hundred_queues_end() {
    testkit::within(|| {
        let runtime = multi_thread();
        runtime.block_on(async {
            for round in 0..100 {
                let (message_tx, message_rx) = channel(1);
                let receiver = tokio::spawn(receive(message_rx, 4, pending()));
                for n in 0..round {
                    message_tx.send(n).await.unwrap();
                }
                drop(message_tx);
                assert_eq!(receiver.await.unwrap().len(), round);
            }
        });
    });
}
