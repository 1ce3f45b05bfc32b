//! Several consumers: tokio's mpsc has one receiver, so the tasks take turns at it.
//!
//! main -> [jobs] -> one receiver behind a mutex -> 3 tasks
//!
//! Next: `src/bounded_concurrency.rs` starts a task for each item instead, with a limit.

use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let (job_tx, job_rx) = mpsc::channel(8);
    let job_rx = Arc::new(Mutex::new(job_rx)); // tokio's mutex: it is held across an `.await`.

    let mut workers = JoinSet::new();
    for _ in 0..3 {
        let job_rx = Arc::clone(&job_rx);
        workers.spawn(async move {
            let mut done = 0;
            loop {
                // A statement of its own, so that the lock is free while we work.
                let job = job_rx.lock().await.recv().await;
                let Some(millis) = job else { return done };
                sleep(Duration::from_millis(millis)).await; // Stands for work.
                done += 1;
            }
        });
    }

    let start = Instant::now();
    for _ in 0..9 {
        job_tx.send(50).await.unwrap();
    }
    drop(job_tx); // The workers' loops end.
    let done: i32 = workers.join_all().await.into_iter().sum();
    println!("{done} jobs of 50 ms in {} ms", start.elapsed().as_millis());
}

// Prints:
// 9 jobs of 50 ms in … ms
