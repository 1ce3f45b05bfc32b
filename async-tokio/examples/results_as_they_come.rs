//! Results as they come: tasks, so many at once, and the first error ends the rest.
//!
//! items -> 3 tasks at once -> JoinSet -> results, the quickest first
//!
//! Next: `src/bounded_concurrency.rs` is this as an iterator, in a loop with `?`.

use tokio::task::JoinSet;
use tokio::time::{Duration, sleep};

async fn fetch(n: u64) -> Result<u64, String> {
    sleep(Duration::from_millis(30 * n)).await; // Stands for a request.
    if n == 9 {
        return Err("no answer".into());
    }
    Ok(n)
}

#[tokio::main]
async fn main() {
    let mut items = [4, 1, 2, 6, 9, 100].into_iter();
    let mut tasks = JoinSet::new();

    loop {
        for n in items.by_ref().take(3 - tasks.len()) {
            tasks.spawn(fetch(n));
        }
        let Some(ended) = tasks.join_next().await else {
            break; // No items, and no tasks.
        };
        match ended.unwrap() {
            Ok(n) => println!("{n}"),
            Err(error) => {
                println!("{error}");
                break;
            }
        }
    }

    // Aborts those in progress, as a drop does, and waits until they have ended.
    tasks.shutdown().await;
}

// Prints:
// 1
// 2
// 4
// 6
// no answer
