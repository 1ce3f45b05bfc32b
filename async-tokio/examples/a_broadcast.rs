//! A broadcast: every subscriber gets every message, and a slow one is told what it missed.
//!
//! main -> [4 latest] -> quick subscriber, slow subscriber
//!
//! Next: `src/broadcast.rs` is this with a count of what was missed.

use tokio::sync::broadcast::{self, error::RecvError};

async fn listen(name: &str, mut news_rx: broadcast::Receiver<i32>) {
    loop {
        match news_rx.recv().await {
            Ok(news) => println!("{name}: {news}"),
            // Not the end: `while let Ok(news)` would stop here, and miss all that follows.
            Err(RecvError::Lagged(missed)) => println!("{name}: missed {missed}"),
            Err(RecvError::Closed) => break,
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (news_tx, quick_rx) = broadcast::channel(4);
    // It sees what is sent from now on. A sender never waits: who lags behind loses the oldest.
    let slow_rx = news_tx.subscribe();

    let quick = tokio::spawn(listen("quick", quick_rx));
    for news in 1..=6 {
        news_tx.send(news).unwrap();
        tokio::task::yield_now().await; // Lets the quick one read.
    }
    drop(news_tx); // Both loops end when they have read what is left.
    quick.await.unwrap();

    listen("slow", slow_rx).await; // Begins to read only now.
}

// Prints:
// quick: 1
// quick: 2
// quick: 3
// quick: 4
// quick: 5
// quick: 6
// slow: missed 2
// slow: 3
// slow: 4
// slow: 5
// slow: 6
