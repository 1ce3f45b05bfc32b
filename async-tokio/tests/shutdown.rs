//! What `shutdown` promises:
//!
//! - each task is told to stop, and finishes if it heeds that; after the limit, the rest is dropped,
//!   and all have ended when `shutdown` returns; a task that stops itself stops no other:
//!   `what_is_left_after_the_limit_is_aborted`
//! - each task is counted once: `every_task_is_counted_once`,
//!   `tasks_that_their_runtime_drops_are_aborted`
//! - a task that panics harms no other, and is reported: `of_several_panics_the_first_is_kept`,
//!   `payloads_that_panic_when_they_are_dropped_harm_no_other`
//! - tasks that have ended leave nothing else behind: `tasks_that_have_ended_leave_only_a_number`
//! - a group that is dropped aborts its tasks: `a_group_that_is_dropped_aborts_its_tasks`

use std::future::pending;
use std::mem::forget;
use std::panic::panic_any;
use std::time::Duration;

use super::support::{HOUR, multi_thread, on_each_flavour, paused, poll};
use async_tokio::shutdown::{Report, Tasks};
use testkit::Ledger;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

/// Finished, panicked, aborted.
fn counts(report: &Report) -> (usize, usize, usize) {
    assert_eq!(report.first_panic.is_some(), report.panicked > 0);
    (report.finished, report.panicked, report.aborted)
}

#[tokio::test(start_paused = true)]
async fn what_is_left_after_the_limit_is_aborted() {
    let (mut tasks, ledger) = (Tasks::new(), Ledger::default());
    for (minutes, item) in [0, 59, 61, 1_000_000].into_iter().zip(ledger.items()) {
        tasks.spawn(|stop| async move {
            stop.cancelled().await;
            sleep(Duration::from_secs(60 * minutes)).await;
            drop(item);
        });
    }
    // It stops itself, and none of the others: they begin with what they do then an hour later.
    tasks.spawn(|stop| async move { stop.cancel() });
    sleep(HOUR).await;
    let start = Instant::now();
    assert_eq!(counts(&tasks.shutdown(HOUR).await), (3, 0, 2));
    ledger.assert_all_dropped();
    assert_eq!(start.elapsed(), HOUR);
}

#[test]
fn tasks_that_their_runtime_drops_are_aborted() {
    let (mut tasks, runtime) = (Tasks::new(), paused());
    {
        let _within = runtime.enter();
        for _ in 0..3 {
            tasks.spawn(|stop| async move { stop.cancelled().await });
        }
    }
    drop(runtime);
    let report = paused().block_on(tasks.shutdown(HOUR));
    assert_eq!(counts(&report), (0, 0, 3));
}

/// Twenty of each kind.
async fn shut_down_all_kinds() -> (usize, usize, usize) {
    let mut tasks = Tasks::new();
    for _ in 0..20 {
        tasks.spawn(|_stop| async {});
        tasks.spawn(|stop| async move { stop.cancelled().await });
        tasks.spawn(|_stop| async { panic!("early") });
        tasks.spawn(|stop| async move {
            stop.cancelled().await;
            panic!("late");
        });
        tasks.spawn(|_stop| pending());
    }
    counts(&tasks.shutdown(Duration::from_millis(20)).await)
}

#[test]
fn every_task_is_counted_once() {
    assert_eq!(paused().block_on(shut_down_all_kinds()), (40, 40, 20));
    // In real time, one that would have ended by itself may be aborted before.
    let (finished, panicked, aborted) = multi_thread().block_on(shut_down_all_kinds());
    assert_eq!(finished + panicked + aborted, 100);
}

#[tokio::test(start_paused = true)]
async fn of_several_panics_the_first_is_kept() {
    let mut tasks = Tasks::new();
    for minutes in [2, 1, 3] {
        tasks.spawn(|_stop| async move {
            sleep(Duration::from_secs(60 * minutes)).await;
            panic_any(minutes);
        });
    }
    sleep(HOUR).await;
    // Harmed by none of them.
    tasks.spawn(|stop| async move { stop.cancelled().await });
    let report = tasks.shutdown(HOUR).await;
    assert_eq!(counts(&report), (1, 3, 0));
    assert_eq!(report.first_panic.unwrap().downcast_ref(), Some(&1_u64));
}

#[tokio::test(start_paused = true)]
async fn tasks_that_have_ended_leave_only_a_number() {
    let mut tasks = Tasks::new();
    for _ in 0..1_000 {
        tasks.spawn(|_stop| async {});
    }
    sleep(HOUR).await; // Paused time passes when all of them are at their end.
    tasks.spawn(|_stop| async {});
    let debug = format!("{tasks:?}");
    assert!(debug.contains("JoinSet { len: 1 }"), "{debug}");
    assert_eq!(counts(&tasks.shutdown(HOUR).await), (1_001, 0, 0));
}

#[tokio::test(start_paused = true)]
async fn payloads_that_panic_when_they_are_dropped_harm_no_other() {
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic_any("dropped");
        }
    }

    let mut tasks = Tasks::new();
    for _ in 0..2 {
        tasks.spawn(|_stop| async { panic_any(Bomb) });
    }
    tasks.spawn(|_stop| sleep(HOUR));
    let report = tasks.shutdown(2 * HOUR).await;
    assert_eq!(counts(&report), (1, 2, 0));
    forget(report.first_panic);
}

#[test]
fn a_group_that_is_dropped_aborts_its_tasks() {
    on_each_flavour(|| async {
        for in_shutdown in [false, true] {
            let (mut tasks, (alive_tx, mut alive_rx)) = (Tasks::new(), mpsc::channel::<()>(1));
            for _ in 0..3 {
                let alive_tx = alive_tx.clone();
                tasks.spawn(|_stop| async move {
                    let _alive_tx = alive_tx;
                    pending::<()>().await;
                });
            }
            drop(alive_tx);
            if in_shutdown {
                let mut shutdown = Box::pin(tasks.shutdown(HOUR));
                assert!(poll(shutdown.as_mut()).is_pending());
            } else {
                drop(tasks);
            }
            assert_eq!(alive_rx.recv().await, None);
        }
    });
}
