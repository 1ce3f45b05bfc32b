//! Receive with a time limit: one for each message, and one for all of them.
//!
//! messages -> timeout(recv) -> main;  messages -> timeout_at(deadline, recv) -> main
//!
//! Next: `src/oneshot.rs` may stand in a `timeout`: what nobody waits for is not carried out.

use tokio::sync::mpsc;
use tokio::time::{Duration, Instant, sleep, timeout, timeout_at};

#[tokio::main]
async fn main() {
    let (tx, mut rx) = mpsc::channel(8);
    tokio::spawn(async move {
        // Ends when the receiver is gone.
        while tx.send("tick").await.is_ok() {
            sleep(Duration::from_millis(400)).await;
        }
    });

    // The limit is for this one message. When time is up, nothing is lost: nothing was taken.
    println!("{:?}", timeout(Duration::from_millis(500), rx.recv()).await);
    println!("{:?}", timeout(Duration::from_millis(20), rx.recv()).await);

    // One deadline for the loop: a `timeout` in it would start anew with each message.
    let deadline = Instant::now() + Duration::from_millis(500);
    let mut received = 0;
    while let Ok(Some(_)) = timeout_at(deadline, rx.recv()).await {
        received += 1;
    }
    println!("{received} messages until the deadline");
}

// Prints:
// Ok(Some("tick"))
// Err(Elapsed(()))
// … messages until the deadline
