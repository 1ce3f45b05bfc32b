//! A semaphore limits no rate: it limits how many run at once, not how many start each second.
//!
//! calls -> 2 permits -> as many a second as get done;  calls -> interval -> 100 a second
//!
//! Next: `src/shared.rs` limits the rate of several threads.

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, interval, sleep};

async fn call() {
    sleep(Duration::from_millis(2)).await; // A quick one.
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let start = Instant::now();
    let permits = Arc::new(Semaphore::new(2));
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        calls.spawn(async move {
            call().await;
            drop(permit);
        });
    }
    calls.join_all().await;
    println!("2 at once: 50 calls in {} ms", start.elapsed().as_millis());

    let start = Instant::now();
    let mut ticks = interval(Duration::from_millis(10));
    let mut calls = JoinSet::new();
    for _ in 0..50 {
        ticks.tick().await;
        calls.spawn(call());
    }
    calls.join_all().await;
    println!(
        "100 a second: 50 calls in {} ms",
        start.elapsed().as_millis()
    );
}

// Prints:
// 2 at once: 50 calls in … ms
// 100 a second: 50 calls in … ms
