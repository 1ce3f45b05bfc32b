//! What `cpu` promises:
//!
//! - the runtime goes on meanwhile, and parallel iterators in the work use the same pool:
//!   `the_work_runs_in_the_pool`
//! - callers wait in turn, and no work begins on top of other work: `work_that_waits_is_not_buried`
//! - a panic reaches the caller, and the pool is whole:
//!   `a_panic_reaches_the_caller_and_leaves_the_pool_whole`,
//!   `a_drop_that_panics_leaves_the_pool_whole`
//! - work that nobody waits for is skipped, or runs to its end:
//!   `work_that_nobody_waits_for_is_skipped`

use std::pin::pin;
use std::sync::mpsc as std_mpsc;
use std::thread;

use super::support::{on_each_flavour, paused, poll};
use async_tokio::cpu::Cpu;
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use testkit::{Ledger, panic_of};
use tokio::sync::oneshot;

fn cpu(threads: usize) -> Cpu {
    let pool = ThreadPoolBuilder::new().num_threads(threads);
    let pool = pool.thread_name(|id| format!("cpu-{id}"));
    Cpu::new(pool.build().expect("threads are left"))
}

#[tokio::test]
async fn the_work_runs_in_the_pool() {
    let work = || {
        let name = thread::current()
            .name()
            .map(|name| name.starts_with("cpu-"));
        let sum: u64 = (1..=10_000_u64).into_par_iter().sum();
        (name, rayon::current_num_threads(), sum)
    };
    assert_eq!(cpu(3).compute(work).await, (Some(true), 3, 50_005_000));
}

#[test]
fn work_that_waits_is_not_buried() {
    on_each_flavour(|| async {
        let cpu = cpu(1);
        let (said_tx, said_rx) = std_mpsc::channel();
        let work = |number| {
            let said_tx = said_tx.clone();
            move || {
                said_tx.send(number).unwrap();
                // As a thread does that waits for another one with a part of its work.
                rayon::yield_now();
                said_tx.send(number).unwrap();
            }
        };
        tokio::join!(cpu.compute(work(1)), cpu.compute(work(2)));
        assert_eq!(said_rx.iter().take(4).collect::<Vec<_>>(), [1, 1, 2, 2]);
    });
}

#[test]
fn a_panic_reaches_the_caller_and_leaves_the_pool_whole() {
    let (runtime, cpu) = (paused(), cpu(1));
    for _ in 0..3 {
        let failing = cpu.compute(|| panic!("it is bad"));
        assert_eq!(panic_of::<()>(|| runtime.block_on(failing)), "it is bad");
    }
    assert_eq!(runtime.block_on(cpu.compute(|| 1)), 1);
}

/// Has a caller give up whose work is in progress, and one whose work is in the pool and has not begun.
/// Returns which work ran, once all of it is gone.
async fn give_up<T: Send + 'static>(item: impl Fn() -> T) -> Vec<&'static str> {
    let (cpu, (ran_tx, ran_rx)) = (cpu(1), std_mpsc::channel());
    let work = |name| {
        let (item, ran_tx) = (item(), ran_tx.clone());
        let (go_tx, go_rx) = std_mpsc::channel::<()>();
        let (started_tx, started_rx) = oneshot::channel();
        let work = move || {
            started_tx.send(()).expect("it is waited for");
            go_rx.recv().expect_err("nothing is sent");
            ran_tx.send(name).expect("it is received");
            item
        };
        (work, started_rx, go_tx)
    };
    let (first, started_rx, go_tx) = work("first");
    {
        let mut first = pin!(cpu.compute(first));
        assert!(poll(first.as_mut()).is_pending());
        started_rx.await.expect("it starts");
    }
    drop(go_tx);
    // The thread is busy with something that needs no permit.
    let (busy_tx, busy_rx) = std_mpsc::channel::<()>();
    let busy = || rayon::spawn(move || assert!(busy_rx.recv().is_err()));
    cpu.compute(busy).await;
    let (second, _started_rx, go_tx) = work("second");
    drop(go_tx);
    assert!(poll(pin!(cpu.compute(second))).is_pending());
    drop(busy_tx);
    assert_eq!(cpu.compute(|| 1).await, 1);
    drop(ran_tx);
    ran_rx.iter().collect()
}

#[tokio::test]
async fn work_that_nobody_waits_for_is_skipped() {
    let ledger = Ledger::default();
    assert_eq!(give_up(|| ledger.item(0)).await, ["first"]);
    assert_eq!((ledger.handed_out(), ledger.alive()), (2, 0));
}

#[tokio::test]
async fn a_drop_that_panics_leaves_the_pool_whole() {
    struct Bad;
    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("it cannot be dropped");
        }
    }
    assert_eq!(give_up(|| Bad).await, ["first"]);
}
