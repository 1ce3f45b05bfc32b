//! - each item gives one result, and items and work may borrow: `every_item_yields_its_result_once`
//! - so many tasks run at the same time, never more, and an item is polled only when there is room:
//!   `tasks_run_at_the_same_time_up_to_the_limit`, `no_room_is_refused`
//! - tasks go on while the caller does something else: `tasks_go_on_while_the_caller_is_away`
//! - a caller that drops the results aborts all tasks: `a_caller_that_stops_early_aborts_the_tasks`
//! - a panic of a task reaches the caller: `a_panic_reaches_the_caller`
//! - dropped at any moment, `next` loses nothing: `a_cancelled_next_loses_nothing`

use std::future::{Future, pending};
use std::iter;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::Poll::{Pending, Ready};
use std::time::Duration;

use super::super::support::{on_each_flavour, paused, poll};
use super::pattern::fan_out;
use testkit::{Ledger, panic_of};
use tokio::sync::{Barrier, mpsc, oneshot};
use tokio::task::yield_now;
use tokio::time::sleep;

/// All results, as they come.
async fn all<T, R: Send + 'static, F: Future<Output = R> + Send + 'static>(
    items: impl IntoIterator<Item = T>,
    limit: usize,
    work: impl FnMut(T) -> F,
) -> Vec<R> {
    let (mut items, mut ended) = (items.into_iter(), false);
    let items = iter::from_fn(|| {
        assert!(!ended, "polled after its end");
        let item = items.next();
        ended = item.is_none();
        item
    });
    let (mut results, mut all) = (fan_out(items, limit, work), Vec::new());
    while let Some(result) = results.next().await {
        all.push(result);
    }
    assert!(results.next().await.is_none());
    all
}

#[tokio::test(start_paused = true)]
async fn every_item_yields_its_result_once() {
    for limit in 1..5 {
        for length in [0, 1, 2, 30] {
            let (items, mut calls) = ((0..length).collect::<Vec<_>>(), 0);
            // The later an item, the sooner it is done.
            let square = |&n: &u64| {
                calls += 1;
                async move {
                    sleep(Duration::from_millis(length - n)).await;
                    n * n
                }
            };
            let mut squares = all(&items, limit, square).await;
            squares.sort_unstable();
            assert!(squares.into_iter().eq(items.iter().map(|n| n * n)));
            assert_eq!(calls, length);
        }
    }
}

#[test]
fn tasks_run_at_the_same_time_up_to_the_limit() {
    on_each_flavour(|| async {
        // None gets past it unless three are there at once.
        let (running, barrier) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(3)));
        let work = |_| {
            assert!(running.fetch_add(1, SeqCst) < 3, "there is no room for it");
            let (running, barrier) = (Arc::clone(&running), Arc::clone(&barrier));
            async move {
                barrier.wait().await;
                running.fetch_sub(1, SeqCst);
            }
        };
        assert_eq!(all(0..30, 3, work).await.len(), 30);
    });
}

#[test]
fn no_room_is_refused() {
    let message = panic_of(|| drop(fan_out([1], 0, |n| async move { n })));
    assert_eq!(message, "there must be room for a task");
}

#[tokio::test]
async fn tasks_go_on_while_the_caller_is_away() {
    let ((done_tx, done_rx), mut done) = (oneshot::channel(), None);
    done.replace(done_tx);
    let mut results = fan_out([1], 1, |_| {
        let done_tx = done.take();
        async { done_tx.unwrap().send(()).unwrap() }
    });
    assert!(poll(pin!(results.next())).is_pending());
    done_rx.await.unwrap();
}

#[test]
fn a_caller_that_stops_early_aborts_the_tasks() {
    on_each_flavour(|| async {
        let ledger = Ledger::default();
        let (alive_tx, mut alive_rx) = mpsc::channel::<()>(1);
        let mut results = fan_out(ledger.items(), 4, |item| {
            let alive_tx = alive_tx.clone();
            async move {
                if item.number >= 20 {
                    pending::<()>().await;
                }
                drop((alive_tx, item));
            }
        });
        for _ in 0..20 {
            results.next().await.unwrap();
        }
        assert!(poll(pin!(results.next())).is_pending());
        assert_eq!(ledger.handed_out(), 20 + 4);
        drop(results);
        drop(alive_tx);
        assert_eq!(alive_rx.recv().await, None);
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_reaches_the_caller() {
    let work = |n| async move {
        assert!(n != 20, "item 20 is bad");
        if n > 20 {
            pending::<()>().await;
        }
    };
    // Without end: a caller that waited for the rest would wait forever.
    let run = || paused().block_on(all(0.., 3, work));
    assert_eq!(panic_of(run), "item 20 is bad");
}

#[test]
fn a_cancelled_next_loses_nothing() {
    on_each_flavour(|| async {
        let mut results = fan_out(0..100, 3, |n| async move {
            yield_now().await;
            n
        });
        let mut seen = Vec::new();
        while seen.len() < 100 {
            let next = poll(pin!(results.next()));
            match next {
                Ready(result) => seen.extend(result),
                Pending => yield_now().await,
            }
        }
        seen.sort_unstable();
        assert!(seen.into_iter().eq(0..100));
    });
}
