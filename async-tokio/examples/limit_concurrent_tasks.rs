//! Limit concurrent tasks: a permit for each, and a new one starts only when one has ended.
//!
//! items -> 3 permits -> tasks -> results
//!
//! Next: `src/ordered.rs` hands out each result in its turn, and the first error ends the rest.

use std::sync::Arc;
use tokio::sync::Semaphore;
use tokio::time::{Duration, Instant, sleep};

#[tokio::main]
async fn main() {
    let start = Instant::now();
    let permits = Arc::new(Semaphore::new(3));
    let mut tasks = Vec::new();

    for n in 1..=9 {
        // Before the spawn. In the task, the limit would hold, too, but all tasks would exist.
        let permit = Arc::clone(&permits).acquire_owned().await.unwrap();
        tasks.push(tokio::spawn(async move {
            sleep(Duration::from_millis(50)).await; // Stands for a download.
            drop(permit);
            n * n
        }));
    }

    let mut squares = Vec::new(); // In the order of the items.
    for task in tasks {
        squares.push(task.await.unwrap());
    }
    println!("{squares:?} in {} ms", start.elapsed().as_millis());
}

// Prints:
// [1, 4, 9, 16, 25, 36, 49, 64, 81] in … ms
