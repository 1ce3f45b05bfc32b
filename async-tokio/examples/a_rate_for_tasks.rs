//! A rate for tasks: they take turns at one interval, so that together they do not exceed it.
//!
//! tasks -> [lock] -> a tick each 50 ms -> the request of one task
//!
//! Next: `src/rate.rs` saves turns for a burst, and a late timer does not slow it.

use std::sync::Arc;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, MissedTickBehavior, interval};

#[tokio::main]
async fn main() {
    let start = Instant::now();
    let mut ticks = interval(Duration::from_millis(50));
    // Otherwise, the ticks that nobody waited for all come at once later.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // tokio's mutex: it is held across an `.await`, and those who wait for it are in line.
    let ticks = Arc::new(Mutex::new(ticks));

    let mut tasks = JoinSet::new();
    for name in ["ann", "bob", "cleo"] {
        let ticks = Arc::clone(&ticks);
        tasks.spawn(async move {
            for request in 1..=2 {
                // A statement of its own, so that the lock is free during the request.
                ticks.lock().await.tick().await;
                println!("{name}: request {request}");
            }
        });
    }
    tasks.join_all().await;
    println!("6 requests in {} ms", start.elapsed().as_millis());
}

// Prints, in any order:
// ann: request 1
// ann: request 2
// bob: request 1
// bob: request 2
// cleo: request 1
// cleo: request 2
// 6 requests in … ms
