//! No guard across `.await`: lock, change, unlock, and only then wait.
//!
//! task -> { lock; change; unlock } -> .await
//!
//! Next: `src/oneshot.rs` needs no lock: one task owns the state, and others ask it.

use std::sync::{Arc, Mutex};
use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

#[tokio::main]
async fn main() {
    let visits = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = JoinSet::new();

    for page in ["home", "docs", "blog"] {
        let visits = Arc::clone(&visits);
        tasks.spawn(async move {
            let count = {
                let mut visits = visits.lock().unwrap();
                visits.push(page);
                visits.len()
            };
            // The guard is dropped with its block. Kept across the `.await`, it would not compile
            // ("future cannot be sent between threads safely"), and others would wait for it.
            sleep(Duration::from_millis(10)).await;
            count
        });
    }

    let mut counts = tasks.join_all().await;
    counts.sort_unstable();
    println!("{counts:?}");
}

// Prints:
// [1, 2, 3]
