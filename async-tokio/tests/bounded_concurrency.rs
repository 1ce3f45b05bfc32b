//! What `bounded_concurrency` promises.

use std::convert::Infallible;
use std::future::pending;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use super::support::{Ledger, multi_thread, on_each_flavour, on_paused_time, paused, poll};
use async_tokio::bounded_concurrency::try_map;
use testkit::{panic_of, within};
use tokio::sync::{Barrier, Semaphore};
use tokio::task::yield_now;
use tokio::time::sleep;

fn permits(n: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(n))
}

#[test]
fn the_results_are_those_of_a_loop() {
    on_paused_time(|| async {
        for limit in 1..5 {
            for length in [0, 1, 2, 30_u32] {
                // The later an item, the sooner it is done.
                let square = |n: u32| async move {
                    sleep(Duration::from_millis(u64::from(length - n))).await;
                    Ok::<_, Infallible>(n * n)
                };
                let Ok(squares) = try_map(0..length, &permits(limit), square).await;
                assert_eq!(squares, (0..length).map(|n| n * n).collect::<Vec<_>>());
            }
        }
    });
}

#[test]
fn no_more_at_once_than_permits() {
    on_each_flavour(|| async {
        let limit = permits(3);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        // Counted from the moment that the task is made.
        let work = |n: usize| {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            let running = Arc::clone(&running);
            async move {
                for _ in 0..n % 4 {
                    yield_now().await;
                }
                running.fetch_sub(1, SeqCst);
                Ok::<_, Infallible>(n)
            }
        };
        // Two callers share the limit.
        let (Ok(one), Ok(other)) =
            tokio::join!(try_map(0..100, &limit, work), try_map(0..100, &limit, work));
        assert_eq!((one.len(), other.len()), (100, 100));
        assert!(most.load(SeqCst) <= 3);
        assert_eq!(limit.available_permits(), 3);
    });
}

#[test]
fn tasks_run_at_the_same_time() {
    on_each_flavour(|| async {
        // None gets past it unless three are there at once.
        let barrier = Arc::new(Barrier::new(3));
        let work = |_| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                Ok::<_, Infallible>(())
            }
        };
        let Ok(done) = try_map(0..9, &permits(3), work).await;
        assert_eq!(done.len(), 9);
    });
}

#[test]
fn the_input_is_one_item_ahead() {
    on_paused_time(|| async {
        let ledger = Ledger::default();
        let limit = permits(3);
        let work = |_| pending::<Result<(), Infallible>>();
        let mut running = pin!(try_map(ledger.items(), &limit, work));
        for _ in 0..5 {
            assert!(poll(running.as_mut()).is_pending());
            yield_now().await;
        }
        assert_eq!(ledger.handed_out(), 3 + 1);
    });
}

#[test]
fn an_empty_input_needs_no_permit() {
    on_paused_time(|| async {
        let work = |()| pending::<Result<(), Infallible>>();
        assert_eq!(try_map([], &permits(0), work).await, Ok(vec![]));
    });
}

#[test]
fn the_first_error_ends_the_others() {
    on_each_flavour(|| async {
        let (ledger, limit) = (Ledger::default(), permits(4));
        // Without end: only the error can end it.
        let failed = try_map(ledger.items(), &limit, |item| async move {
            if item.number == 30 {
                return Err("item 30 is bad");
            }
            if item.number % 10 == 9 {
                pending::<()>().await;
            }
            Ok(item)
        });
        assert_eq!(failed.await.unwrap_err(), "item 30 is bad");
        // Results, and what was in the tasks, are no more: the tasks have ended.
        assert_eq!(ledger.alive(), 0);
        assert_eq!(limit.available_permits(), 4);
        // Each task holds up one, and as many as there are permits are ahead of the bad one.
        assert!(ledger.handed_out() <= 30 + 4 + 1);
    });
}

#[test]
fn after_an_error_no_item_is_asked_for() {
    on_paused_time(|| async {
        // Many times over: a choice that is left to chance starts another soon.
        for _ in 0..32 {
            let (ledger, limit) = (Ledger::default(), permits(2));
            let failed = try_map(ledger.items(), &limit, |item| async move {
                if item.number > 0 {
                    pending::<()>().await;
                }
                Err::<(), _>(item.number)
            });
            assert_eq!(failed.await, Err(0));
            // Two had a permit, and the third waited for one. The error and the permit came
            // together.
            assert_eq!(ledger.handed_out(), 3);
        }
    });
}

#[test]
fn an_error_does_not_wait_for_a_permit() {
    on_each_flavour(|| async {
        let limit = permits(2);
        // Somebody else holds one for ever, and the task that does not fail the other.
        let _other = Arc::clone(&limit).acquire_owned().await.unwrap();
        let failed = try_map(0.., &limit, |n| async move {
            if n > 0 {
                pending::<()>().await;
            }
            Err::<(), _>(n)
        });
        assert_eq!(failed.await, Err(0));
    });
}

#[test]
fn a_panic_reaches_the_caller() {
    within(|| {
        for runtime in [paused(), multi_thread()] {
            let (ledger, limit) = (Ledger::default(), permits(3));
            let work = |item: super::support::Tracked| async move {
                assert!(item.number != 20, "item 20 is bad");
                if item.number == 19 {
                    pending::<()>().await;
                }
                Ok::<_, Infallible>(item)
            };
            let run = || runtime.block_on(try_map(ledger.items(), &limit, work));
            assert_eq!(panic_of(run), "item 20 is bad");
            assert_eq!(ledger.alive(), 0);
            assert_eq!(limit.available_permits(), 3);
        }
    });
}

#[test]
fn a_cancelled_call_aborts_its_tasks() {
    on_each_flavour(|| async {
        let (ledger, limit) = (Ledger::default(), permits(3));
        let work = |item: super::support::Tracked| async move {
            pending::<()>().await;
            Ok::<_, Infallible>(item)
        };
        assert!(poll(pin!(try_map(ledger.items(), &limit, work))).is_pending());
        // That the permits come back shows that the tasks are gone.
        let all = limit.acquire_many(3).await.unwrap();
        assert_eq!(all.num_permits(), 3);
    });
}

#[test]
fn a_hundred_calls_end() {
    on_each_flavour(|| async {
        let limit = permits(1);
        for round in 0..100_usize {
            let Ok(results) = try_map(
                0..round % 10,
                &limit,
                |n| async move { Ok::<_, Infallible>(n) },
            )
            .await;
            assert_eq!(results.len(), round % 10);
            assert_eq!(limit.available_permits(), 1);
        }
    });
}
