//! Watch the latest: readers see the newest state, and skip those they were too slow for.
//!
//! main: state -> [one place, overwritten] -> any number of readers
//!
//! Next: `src/watch.rs` publishes even when nobody reads yet, and never misses the last state.

use tokio::sync::watch;
use tokio::time::{Duration, sleep};

#[tokio::main]
async fn main() {
    let (percent_tx, mut percent_rx) = watch::channel(0);

    let reader = tokio::spawn(async move {
        while percent_rx.changed().await.is_ok() {
            // Copied in a statement of its own: while the borrow lives, the sender waits.
            let percent = *percent_rx.borrow_and_update();
            println!("{percent} %");
            sleep(Duration::from_millis(100)).await; // Slower than the states change.
        }
        println!("the sender is gone");
    });

    for percent in 1..=100 {
        percent_tx.send(percent).unwrap();
        sleep(Duration::from_millis(3)).await;
    }
    drop(percent_tx); // `changed` reports the last state, and then the end.
    reader.await.unwrap();
}

// Prints:
// …
// 100 %
// the sender is gone
