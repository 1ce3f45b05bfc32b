//! An async channel: one task sends, another receives, and while they wait, their thread does not.
//!
//! task -> [32 places] -> main
//!
//! Next: `src/mpsc.rs` receives in batches, and stops without losing a message.

use tokio::sync::mpsc;
use tokio::time::{Duration, sleep};

#[tokio::main] // On `main` only: called inside a runtime, such a function panics.
async fn main() {
    let (tx, mut rx) = mpsc::channel(32);

    let sender = tokio::spawn(async move {
        for n in 0..5 {
            // When the channel is full, the task waits, and its thread does other work.
            tx.send(format!("message {n}")).await.unwrap();
            sleep(Duration::from_millis(50)).await;
        }
    });

    // `None` when the last sender is gone and nothing is queued.
    while let Some(message) = rx.recv().await {
        println!("got {message:?}");
    }

    sender.await.unwrap(); // A dropped handle would hide a panic of the task.
}

// Prints:
// got "message 0"
// got "message 1"
// got "message 2"
// got "message 3"
// got "message 4"
