//! What `bridge` promises:
//!
//! - all items cross, in order: `all_items_cross_in_order`
//! - a full channel makes the sending end wait: `the_sending_end_is_never_far_ahead`
//! - the runtime goes on while the thread blocks: `a_cancelled_next_loses_nothing`
//! - an end that stops early ends the other: `a_task_that_stops_early_ends_the_thread`,
//!   `a_thread_that_stops_early_ends_the_sending`
//! - a panic of the thread reaches the task: `a_panic_of_the_thread_reaches_the_task`
//! - a `next` that is dropped loses nothing: `a_cancelled_next_loses_nothing`

use std::iter;
use std::pin::pin;
use std::sync::mpsc as std_mpsc;

use super::support::{on_each_flavour, paused, poll};
use async_tokio::bridge::{FromThread, IntoThread, from_thread, into_thread};
use testkit::{Lead, Ledger, MANY, Tracked, panic_of};
use tokio::sync::{mpsc::Receiver, oneshot};

async fn all<T>(mut items: FromThread<T>) -> Vec<T> {
    let mut all = Vec::new();
    while let Some(item) = items.next().await {
        all.push(item);
    }
    all
}

/// Sends `items` until they end or the thread has stopped; returns how many were accepted.
async fn send<T, R>(items: impl IntoIterator<Item = T>, thread: &IntoThread<T, R>) -> usize {
    for (accepted, item) in items.into_iter().enumerate() {
        if !thread.send(item).await {
            return accepted;
        }
    }
    usize::MAX
}

fn rest<T>(mut item_rx: Receiver<T>) -> Vec<T> {
    iter::from_fn(|| item_rx.blocking_recv()).collect()
}

#[test]
fn all_items_cross_in_order() {
    on_each_flavour(|| async {
        for capacity in [1, 2, 64] {
            for length in [0, 1, 500] {
                let items = all(from_thread(0..length, capacity)).await;
                let thread = into_thread(capacity, rest);
                send(items, &thread).await;
                assert!(thread.finish().await.into_iter().eq(0..length));
            }
        }
    });
}

#[test]
fn the_sending_end_is_never_far_ahead() {
    on_each_flavour(|| async {
        for capacity in [1, 2, 7] {
            let lead = Lead::default();
            // One more than promised: it is in the other's hand and not yet counted as taken.
            let items = || lead.limited(MANY, capacity + 2);
            let mut received = from_thread(items(), capacity);
            while received.next().await.is_some() {
                lead.take();
            }
            let taken = lead.clone();
            let thread = into_thread(capacity, move |mut item_rx| {
                while item_rx.blocking_recv().is_some() {
                    taken.take();
                }
            });
            send(items(), &thread).await;
            thread.finish().await;
        }
    });
}

#[test]
fn a_task_that_stops_early_ends_the_thread() {
    on_each_flavour(|| async {
        // Without end: only the early end can end it, and drops `alive_tx`.
        let (alive_tx, end_rx) = oneshot::channel::<()>();
        let mut items = from_thread(iter::repeat_with(move || alive_tx.is_closed()), 2);
        assert_eq!(items.next().await, Some(false));
        drop(items);
        end_rx.await.unwrap_err();

        let (rest_tx, rest_rx) = oneshot::channel();
        drop(into_thread(1, |item_rx| rest_tx.send(rest::<u8>(item_rx))));
        assert!(rest_rx.await.unwrap().is_empty());
    });
}

#[test]
fn a_thread_that_stops_early_ends_the_sending() {
    on_each_flavour(|| async {
        let ledger = Ledger::default();
        let thread = into_thread(2, |mut item_rx| {
            item_rx.blocking_recv().map(|_: Tracked| ())
        });
        let accepted = send(ledger.items(), &thread).await;
        assert_eq!(thread.finish().await, Some(()));
        assert!(accepted <= 1 + 2);
        assert_eq!((ledger.handed_out(), ledger.alive()), (accepted + 1, 0));
    });
}

#[test]
fn a_panic_of_the_thread_reaches_the_task() {
    let mut items = Vec::new();
    let run = async {
        let mut bad = from_thread((0..).inspect(|&n| assert!(n < 5, "item 5 is bad")), 2);
        while let Some(item) = bad.next().await {
            items.push(item);
        }
    };
    assert_eq!(panic_of(|| paused().block_on(run)), "item 5 is bad");
    assert_eq!(items, [0, 1, 2, 3, 4]);

    let run = async {
        let bad = into_thread(2, |mut item_rx| {
            assert_eq!(item_rx.blocking_recv(), None, "one is too many");
        });
        send(iter::repeat(1), &bad).await;
        bad.finish().await;
    };
    assert!(panic_of(|| paused().block_on(run)).contains("one is too many"));
}

#[test]
fn a_cancelled_next_loses_nothing() {
    on_each_flavour(|| async {
        let (go_tx, go_rx) = std_mpsc::channel();
        let mut items = from_thread(iter::from_fn(move || go_rx.recv().ok()), 1);
        for n in 0..20 {
            assert!(poll(pin!(items.next())).is_pending());
            go_tx.send(n).unwrap();
            assert_eq!(items.next().await, Some(n));
        }
        drop(go_tx);
        // At the end, too, while it waits for the thread, and after it.
        let _ = poll(pin!(items.next()));
        assert_eq!((items.next().await, items.next().await), (None, None));
    });
}
