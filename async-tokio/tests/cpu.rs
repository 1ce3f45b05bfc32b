//! What `cpu` promises.

use std::panic::panic_any;
use std::pin::pin;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::thread;

use super::support::{Ledger, multi_thread, on_each_flavour, paused, poll};
use async_tokio::cpu::compute;
use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use testkit::{panic_of, within};
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinSet;

fn pool(threads: usize) -> ThreadPool {
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    pool.thread_name(|id| format!("cpu-{id}"))
        .build()
        .expect("threads are left")
}

fn permits(count: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(count))
}

#[test]
fn the_work_runs_in_the_pool() {
    on_each_flavour(|| async {
        let pool = pool(3);
        let (name, threads, sum) = compute(&pool, &permits(1), || {
            let sum: u64 = (1..=10_000_u64).into_par_iter().sum();
            (
                thread::current().name().map(str::to_owned),
                rayon::current_num_threads(),
                sum,
            )
        })
        .await;
        assert!(name.unwrap().starts_with("cpu-"));
        assert_eq!((threads, sum), (3, 50_005_000));
    });
}

#[test]
fn the_runtime_goes_on_meanwhile() {
    on_each_flavour(|| async {
        // The work waits until another task of this runtime has its turn.
        let (go_tx, go_rx) = std_mpsc::channel();
        let (pool, limit) = (pool(1), permits(1));
        let work = compute(&pool, &limit, move || go_rx.recv().unwrap());
        let (said, ()) = tokio::join!(work, async { go_tx.send("go on").unwrap() });
        assert_eq!(said, "go on");
    });
}

#[test]
fn a_hundred_callers_share_one_thread() {
    on_each_flavour(|| async {
        let (pool, limit) = (Arc::new(pool(1)), permits(1));
        let mut callers = JoinSet::new();
        for n in 0..100_u64 {
            let (pool, limit) = (Arc::clone(&pool), Arc::clone(&limit));
            callers.spawn(async move { (n, compute(&pool, &limit, move || n * n).await) });
        }
        let results = callers.join_all().await;
        assert_eq!(results.len(), 100);
        assert!(results.iter().all(|&(n, square)| square == n * n));
        assert_eq!(limit.available_permits(), 1);
    });
}

#[test]
fn work_that_waits_is_not_buried() {
    on_each_flavour(|| async {
        let (pool, limit) = (pool(1), permits(1));
        let (said_tx, said_rx) = std_mpsc::channel();
        let (go_tx, go_rx) = std_mpsc::channel::<()>();
        let first_tx = said_tx.clone();
        let mut first = pin!(compute(&pool, &limit, move || {
            go_rx.recv().unwrap();
            // As a thread does that waits for another one with a part of its work.
            rayon::yield_now();
            first_tx.send("first").unwrap();
        }));
        assert!(poll(first.as_mut()).is_pending());
        let second = move || said_tx.send("second").unwrap();
        let mut second = pin!(compute(&pool, &limit, second));
        assert!(poll(second.as_mut()).is_pending());
        go_tx.send(()).unwrap();
        tokio::join!(first, second);
        assert_eq!(said_rx.iter().collect::<Vec<_>>(), ["first", "second"]);
    });
}

#[test]
fn a_panic_reaches_the_caller_and_leaves_the_pool_whole() {
    within(|| {
        for runtime in [paused(), multi_thread()] {
            let (pool, limit) = (pool(1), permits(1));
            for round in 0..3 {
                let failing = compute(&pool, &limit, move || panic!("round {round} is bad"));
                let message = panic_of(|| runtime.block_on(failing));
                assert_eq!(message, format!("round {round} is bad"));
            }
            assert_eq!(runtime.block_on(compute(&pool, &limit, || 1)), 1);
        }
    });
}

#[test]
fn work_that_nobody_waits_for_is_skipped() {
    on_each_flavour(|| async {
        let (pool, limit, ledger) = (pool(1), permits(2), Ledger::default());
        let (ran_tx, ran_rx) = std_mpsc::channel();
        let (started_tx, started_rx) = oneshot::channel();
        let (go_tx, go_rx) = std_mpsc::channel::<()>();
        {
            // The first has its turn, and stays at it. The second waits for the only
            // thread, the third for a permit.
            let (item, first_tx) = (ledger.item(), ran_tx.clone());
            let mut first = pin!(compute(&pool, &limit, move || {
                started_tx.send(()).unwrap();
                go_rx.recv().unwrap();
                first_tx.send("first").unwrap();
                item
            }));
            assert!(poll(first.as_mut()).is_pending());
            started_rx.await.unwrap();
            let (item, second_tx) = (ledger.item(), ran_tx.clone());
            let mut second = pin!(compute(&pool, &limit, move || {
                second_tx.send("second").unwrap();
                item
            }));
            assert!(poll(second.as_mut()).is_pending());
            let item = ledger.item();
            let mut third = pin!(compute(&pool, &limit, move || {
                ran_tx.send("third").unwrap();
                item
            }));
            assert!(poll(third.as_mut()).is_pending());
        }
        // All callers have given up.
        assert_eq!(ledger.alive(), 2, "the third was dropped at once");
        go_tx.send(()).unwrap();
        compute(&pool, &limit, || ()).await;
        assert_eq!(ran_rx.iter().collect::<Vec<_>>(), ["first"]);
        assert_eq!((ledger.alive(), limit.available_permits()), (0, 2));
    });
}

/// Panics when it is dropped, and so does the payload of that panic.
struct PanicsInDrop(u8);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        if self.0 > 0 {
            panic_any(PanicsInDrop(self.0 - 1));
        }
    }
}

#[test]
fn a_drop_that_panics_leaves_the_pool_whole() {
    on_each_flavour(|| async {
        let (pool, limit) = (pool(1), permits(2));
        let (go_tx, go_rx) = std_mpsc::channel::<()>();
        let (started_tx, started_rx) = oneshot::channel();
        {
            let mut at_work = pin!(compute(&pool, &limit, move || {
                started_tx.send(()).unwrap();
                go_rx.recv().unwrap();
                PanicsInDrop(2)
            }));
            assert!(poll(at_work.as_mut()).is_pending());
            started_rx.await.unwrap();
            let work = PanicsInDrop(2);
            let mut queued = pin!(compute(&pool, &limit, move || work));
            assert!(poll(queued.as_mut()).is_pending());
        }
        // Both callers have given up.
        go_tx.send(()).unwrap();
        assert_eq!(compute(&pool, &limit, || 1).await, 1);
    });
}

#[test]
fn a_hundred_pools_end() {
    on_each_flavour(|| async {
        for round in 0..100 {
            let pool = pool(2);
            assert_eq!(compute(&pool, &permits(1), move || round).await, round);
        }
    });
}
