//! What `bridge` promises.

use std::iter;
use std::pin::pin;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use super::support::{Ledger, Tracked, multi_thread, on_each_flavour, paused, poll};
use async_tokio::bridge::{from_thread, into_thread};
use testkit::{count, panic_of, within};
use tokio::sync::mpsc::{Receiver, Sender};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Sends `items` until they end or nobody receives any more; returns how many were accepted.
async fn send<T>(items: impl Iterator<Item = T>, item_tx: Sender<T>) -> usize {
    let mut accepted = 0;
    for item in items {
        if item_tx.send(item).await.is_err() {
            break;
        }
        accepted += 1;
    }
    accepted
}

async fn receive<T>(mut item_rx: Receiver<T>) -> Vec<T> {
    let mut items = Vec::new();
    while let Some(item) = item_rx.recv().await {
        items.push(item);
    }
    items
}

#[test]
fn all_items_cross_in_order() {
    on_each_flavour(|| async {
        for capacity in [1, 2, 64] {
            for length in [0, 1, 500] {
                let expected: Vec<_> = (0..length).collect();
                // Both can be tasks of their own.
                let there = tokio::spawn(from_thread(0..length, count(capacity), receive));
                assert_eq!(there.await.unwrap(), expected);

                let back = tokio::spawn(into_thread(
                    move |item_tx| send(0..length, item_tx),
                    count(capacity),
                    |items| items.collect::<Vec<_>>(),
                ));
                assert_eq!(back.await.unwrap(), (expected.len(), expected));
            }
        }
    });
}

#[test]
fn the_runtime_goes_on_while_the_thread_blocks() {
    on_each_flavour(|| async {
        // The thread blocks until another task of this runtime tells it to go on.
        let (go_tx, go_rx) = std_mpsc::channel();
        let items = iter::once_with(move || go_rx.recv().unwrap());
        let (items, ()) = tokio::join!(from_thread(items, count(1), receive), async {
            go_tx.send("go on").unwrap();
        });
        assert_eq!(items, ["go on"]);

        // The thread takes nothing, and the task waits for room, until another tells it to go on.
        let (go_tx, go_rx) = std_mpsc::channel::<()>();
        let bridge = into_thread(
            |item_tx| send(0..9, item_tx),
            count(1),
            move |items| {
                go_rx.recv().unwrap();
                items.count()
            },
        );
        let (sent, ()) = tokio::join!(bridge, async { go_tx.send(()).unwrap() });
        assert_eq!(sent, (9, 9));
    });
}

#[test]
fn a_full_queue_makes_the_thread_wait() {
    on_each_flavour(|| async {
        let ledger = Ledger::default();
        let (third_tx, third_rx) = oneshot::channel();
        let (mut third_tx, tracked) = (Some(third_tx), ledger.items());
        let items = tracked.inspect(move |item| {
            if item.number == 2 {
                third_tx.take().unwrap().send(()).unwrap();
            }
        });
        let ahead = from_thread(items, count(1), async |item_rx| {
            // One is in the channel, one waits for room, and the third is in the thread's hand once
            // there is room: after one was received, and not before.
            let mut item_rx = item_rx;
            let first: Option<Tracked> = item_rx.recv().await;
            third_rx.await.unwrap();
            drop(first);
            ledger.handed_out()
        });
        assert_eq!(ahead.await, 3);
        assert_eq!(ledger.alive(), 0);
    });
}

#[test]
fn an_end_that_stops_early_ends_the_other() {
    on_each_flavour(|| async {
        // Items without end: only the early end can end it.
        let ledger = Ledger::default();
        let five = async |mut item_rx: Receiver<Tracked>| {
            for _ in 0..5 {
                item_rx.recv().await.unwrap();
            }
        };
        from_thread(ledger.items(), count(2), five).await;
        assert_eq!(ledger.alive(), 0);
        // Five received, two in the channel, and one that was refused.
        assert!(ledger.handed_out() <= 5 + 2 + 1);

        let ledger = Ledger::default();
        let produce = |item_tx| send(ledger.items(), item_tx);
        let (accepted, taken) = into_thread(produce, count(2), |items| items.take(5).count()).await;
        assert_eq!(taken, 5);
        assert_eq!(ledger.alive(), 0);
        assert_eq!(ledger.handed_out(), accepted + 1);
        assert!(accepted <= 5 + 2);
    });
}

#[test]
fn a_receiver_that_is_kept_holds_the_call() {
    within(|| {
        multi_thread().block_on(async {
            let ledger = Ledger::default();
            let kept = from_thread(ledger.items(), count(1), async |item_rx| item_rx);
            // There is no room for the second item, nor will there be.
            assert!(timeout(Duration::from_millis(20), kept).await.is_err());
        });
    });
}

#[test]
fn a_panic_of_the_thread_reaches_the_caller() {
    within(|| {
        for runtime in [paused(), multi_thread()] {
            let mut received = 0;
            let items = (0..).inspect(|&n| assert!(n < 5, "item 5 is bad"));
            let count_all = async |item_rx| received = receive(item_rx).await.len();
            let run = || runtime.block_on(from_thread(items, count(2), count_all));
            assert_eq!(panic_of(run), "item 5 is bad");
            assert_eq!(received, 5);

            let ledger = Ledger::default();
            let mut accepted = 0;
            let produce = async |item_tx| accepted = send(ledger.items(), item_tx).await;
            let fail = |items: &mut dyn Iterator<Item = Tracked>| {
                assert_eq!(items.take(5).count(), 5);
                panic!("five are enough")
            };
            let run = || runtime.block_on(into_thread(produce, count(2), fail));
            assert_eq!(panic_of::<((), ())>(run), "five are enough");
            assert_eq!(ledger.handed_out(), accepted + 1);
            assert_eq!(ledger.alive(), 0);
        }
    });
}

#[test]
fn a_cancelled_call_ends_the_thread() {
    on_each_flavour(|| async {
        // Dropped when the thread is done with it, and then `end_rx` learns that nobody can send.
        let (alive_tx, end_rx) = oneshot::channel::<()>();
        let items = iter::repeat_with(move || alive_tx.is_closed());
        {
            let mut receiving = pin!(from_thread(items, count(1), receive));
            assert!(poll(receiving.as_mut()).is_pending());
        }
        end_rx.await.unwrap_err();

        // The same where the task panics.
        let (alive_tx, end_rx) = oneshot::channel::<()>();
        let items = iter::repeat_with(move || alive_tx.is_closed());
        let fail = async |_: Receiver<bool>| panic!("it does not want any");
        let failed: Result<(), _> = tokio::spawn(from_thread(items, count(1), fail)).await;
        assert!(failed.unwrap_err().is_panic());
        end_rx.await.unwrap_err();

        let (alive_tx, end_rx) = oneshot::channel();
        {
            let wait = async |item_tx: Sender<u8>| item_tx.closed().await;
            let report = move |items: &mut dyn Iterator<Item = u8>| alive_tx.send(items.count());
            let mut sending = pin!(into_thread(wait, count(1), report));
            assert!(poll(sending.as_mut()).is_pending());
        }
        assert_eq!(end_rx.await, Ok(0));
    });
}

#[test]
fn a_hundred_bridges_end() {
    on_each_flavour(|| async {
        for round in 0..100_usize {
            let items = from_thread(0..round % 7, count(1), receive).await;
            let produce = |item_tx| send(items.into_iter(), item_tx);
            let (sent, received) = into_thread(produce, count(1), |items| items.count()).await;
            assert_eq!((sent, received), (round % 7, round % 7));
        }
    });
}
