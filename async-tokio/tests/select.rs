//! What `select` promises.

use std::pin::pin;
use std::task::Poll;

use super::support::{Ledger, on_each_flavour, on_paused_time, poll};
use async_tokio::select::{OutputGone, merge};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::yield_now;

/// Sends `count` numbers, each marked as that of `sender`.
async fn send(message_tx: Sender<(u8, u32)>, sender: u8, count: u32) {
    for n in 0..count {
        let sent = message_tx.send((sender, n)).await;
        sent.expect("the receiver outlives the sender");
    }
}

async fn receive<T>(mut message_rx: Receiver<T>) -> Vec<T> {
    let mut received = Vec::new();
    while let Some(message) = message_rx.recv().await {
        received.push(message);
    }
    received
}

/// Each message once, in the order of its sender.
fn assert_whole(mut received: Vec<(u8, u32)>, counts: [u32; 2]) {
    // Stable: it leaves the order of one sender as it was.
    received.sort_by_key(|&(sender, _)| sender);
    let of = |sender: u8, count| (0..count).map(move |n| (sender, n));
    let expected: Vec<_> = of(0, counts[0]).chain(of(1, counts[1])).collect();
    assert_eq!(received, expected);
}

#[test]
fn every_message_arrives_once() {
    on_each_flavour(|| async {
        for (capacity, counts) in [(1, [0, 0]), (1, [300, 0]), (1, [0, 300]), (8, [300, 200])] {
            let ((one_tx, mut one_rx), (other_tx, mut other_rx)) =
                (channel(capacity), channel(capacity));
            let (output_tx, output_rx) = channel(capacity);
            let one = tokio::spawn(send(one_tx, 0, counts[0]));
            let other = tokio::spawn(send(other_tx, 1, counts[1]));
            let receiver = tokio::spawn(receive(output_rx));
            assert_eq!(merge(&mut one_rx, &mut other_rx, &output_tx).await, Ok(()));
            drop(output_tx);
            one.await.unwrap();
            other.await.unwrap();
            assert_whole(receiver.await.unwrap(), counts);
        }
    });
}

#[test]
fn a_busy_input_does_not_starve_the_other() {
    on_paused_time(|| async {
        // Whichever of the two is the busy one.
        for busy in [0, 1] {
            let (mut txs, mut rxs) = (Vec::new(), Vec::new());
            for _ in 0..2 {
                let (message_tx, message_rx) = channel(1_000);
                txs.push(message_tx);
                rxs.push(message_rx);
            }
            for n in 0..1_000 {
                txs[busy].send((busy, n)).await.unwrap();
            }
            txs[1 - busy].send((1 - busy, 0)).await.unwrap();
            let [one_rx, other_rx] = &mut rxs[..] else {
                unreachable!("there are two")
            };
            let (output_tx, output_rx) = channel(500);
            // The output has room for half of them: the single one of the other is lost among them,
            // or chance has passed it over 500 times.
            let mut merging = pin!(merge(one_rx, other_rx, &output_tx));
            while output_rx.len() < 500 {
                // More than once: a task that always finds messages is made to yield.
                assert!(poll(merging.as_mut()).is_pending());
                yield_now().await;
            }
            let mut output_rx = output_rx;
            output_rx.close();
            let received = receive(output_rx).await;
            assert!(received.contains(&(1 - busy, 0)));
        }
    });
}

#[test]
fn a_full_output_leaves_the_messages_in_their_input() {
    on_paused_time(|| async {
        let ((one_tx, mut one_rx), (other_tx, mut other_rx)) = (channel(4), channel(4));
        let (output_tx, output_rx) = channel(1);
        for n in 0..4 {
            one_tx.send(n).await.unwrap();
            other_tx.send(n).await.unwrap();
        }
        assert!(poll(pin!(merge(&mut one_rx, &mut other_rx, &output_tx))).is_pending());
        assert_eq!(output_rx.len(), 1);
        assert_eq!(one_rx.len() + other_rx.len(), 7);
    });
}

#[test]
fn the_end_comes_once_the_output_has_room() {
    on_paused_time(|| async {
        let ((one_tx, mut one_rx), (_, mut other_rx)) = (channel(1), channel(1));
        let (output_tx, mut output_rx) = channel(1);
        one_tx.send(1).await.unwrap();
        drop(one_tx);
        let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
        assert!(poll(merging.as_mut()).is_pending());
        assert_eq!(output_rx.recv().await, Some(1));
        assert_eq!(merging.await, Ok(()));
    });
}

#[test]
fn a_receiver_that_goes_leaves_the_rest() {
    on_each_flavour(|| async {
        let ledger = Ledger::default();
        let ((one_tx, mut one_rx), (other_tx, mut other_rx)) = (channel(20), channel(20));
        for _ in 0..20 {
            one_tx.send(ledger.item()).await.unwrap();
            other_tx.send(ledger.item()).await.unwrap();
        }
        let (output_tx, mut output_rx) = channel(1);
        let receiver = tokio::spawn(async move {
            for _ in 0..5 {
                output_rx.recv().await.unwrap();
            }
            // No more is accepted, and what was is received.
            output_rx.close();
            5 + receive(output_rx).await.len()
        });
        assert_eq!(
            merge(&mut one_rx, &mut other_rx, &output_tx).await,
            Err(OutputGone)
        );
        let left = one_rx.len() + other_rx.len();
        assert_eq!(receiver.await.unwrap() + left, 40);
        assert_eq!(ledger.alive(), left);
        // And not one is taken after that.
        assert_eq!(
            merge(&mut one_rx, &mut other_rx, &output_tx).await,
            Err(OutputGone)
        );
        assert_eq!(one_rx.len() + other_rx.len(), left);
    });
}

#[test]
fn a_merge_cancelled_at_every_step_loses_nothing() {
    on_each_flavour(|| async {
        for capacity in [1, 3] {
            let ((one_tx, mut one_rx), (other_tx, mut other_rx)) =
                (channel(capacity), channel(capacity));
            let (output_tx, output_rx) = channel(capacity);
            let one = tokio::spawn(send(one_tx, 0, 300));
            let other = tokio::spawn(send(other_tx, 1, 300));
            let receiver = tokio::spawn(receive(output_rx));
            // A new one each time, dropped wherever it waits.
            while poll(pin!(merge(&mut one_rx, &mut other_rx, &output_tx))).is_pending() {
                yield_now().await;
            }
            drop(output_tx);
            one.await.unwrap();
            other.await.unwrap();
            assert_whole(receiver.await.unwrap(), [300, 300]);
        }
    });
}

#[test]
fn a_receiver_that_goes_is_noticed_while_nothing_comes() {
    on_paused_time(|| async {
        let ((_one_tx, mut one_rx), (_other_tx, mut other_rx)) = (channel::<u8>(1), channel(1));
        let (output_tx, output_rx) = channel(1);
        let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
        assert!(poll(merging.as_mut()).is_pending());
        drop(output_rx);
        assert_eq!(poll(merging), Poll::Ready(Err(OutputGone)));
    });
}

#[test]
fn no_message_is_taken_for_an_output_that_has_gone() {
    on_paused_time(|| async {
        // Many times over: a choice that is left to chance takes one soon.
        for _ in 0..32 {
            let ((one_tx, mut one_rx), (_other_tx, mut other_rx)) = (channel(1), channel(1));
            let (output_tx, output_rx) = channel(1);
            {
                let mut merging = pin!(merge(&mut one_rx, &mut other_rx, &output_tx));
                assert!(poll(merging.as_mut()).is_pending());
                // It has a place of the output, and now learns of both at once.
                drop(output_rx);
                one_tx.send(1).await.unwrap();
                assert_eq!(merging.await, Err(OutputGone));
            }
            assert_eq!(one_rx.recv().await, Some(1));
        }
    });
}

#[test]
fn a_receiver_that_closes_does_not_wait_for_an_idle_merge() {
    on_each_flavour(|| async {
        let ((_one_tx, mut one_rx), (_other_tx, mut other_rx)) = (channel::<u8>(1), channel(1));
        let (output_tx, mut output_rx) = channel(1);
        let close = async {
            yield_now().await;
            output_rx.close();
            output_rx.recv().await
        };
        // The merge has a place of the output, and nothing to put there: it gives it back.
        let merging = merge(&mut one_rx, &mut other_rx, &output_tx);
        assert_eq!(tokio::join!(merging, close), (Err(OutputGone), None));
    });
}

#[test]
fn a_hundred_merges_end() {
    on_each_flavour(|| async {
        for round in 0..100 {
            let ((one_tx, mut one_rx), (other_tx, mut other_rx)) = (channel(1), channel(1));
            let (output_tx, output_rx) = channel(1);
            // One of them has ended before the other begins.
            drop(one_tx);
            let sender = tokio::spawn(send(other_tx, 1, round));
            let receiver = tokio::spawn(receive(output_rx));
            assert_eq!(merge(&mut one_rx, &mut other_rx, &output_tx).await, Ok(()));
            drop(output_tx);
            sender.await.unwrap();
            assert_whole(receiver.await.unwrap(), [0, round]);
        }
    });
}
