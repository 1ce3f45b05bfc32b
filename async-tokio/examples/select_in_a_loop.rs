//! Select in a loop: take from whichever channel has something, until both have ended.
//!
//! words, numbers -> select! -> main
//!
//! Next: `src/select.rs` sends in a `select!` as well, without losing what is cancelled.

use tokio::sync::mpsc;
use tokio::time::{Duration, sleep};

#[tokio::main]
async fn main() {
    let (word_tx, mut word_rx) = mpsc::channel(8);
    let (number_tx, mut number_rx) = mpsc::channel(8);

    tokio::spawn(async move {
        for word in ["one", "two"] {
            sleep(Duration::from_millis(100)).await;
            word_tx.send(word).await.unwrap();
        }
    });
    tokio::spawn(async move {
        sleep(Duration::from_millis(150)).await;
        number_tx.send(42).await.unwrap();
    });

    loop {
        // A branch that is not taken is cancelled. For `recv` that is safe: no message is lost.
        tokio::select! {
            Some(word) = word_rx.recv() => println!("word {word:?}"),
            Some(number) = number_rx.recv() => println!("number {number}"),
            // No pattern matches: both channels have ended. Without `else`, that is a panic.
            else => break,
        }
    }
    println!("both have ended");
}

// Prints, in any order:
// word "one"
// number 42
// word "two"
// both have ended
