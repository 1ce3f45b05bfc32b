//! A receiver as a `Stream`: combinators such as `map`, `filter` and `take` for messages.
//!
//! task -> [channel] -> ReceiverStream -> filter -> map -> main
//!
//! Next: `src/mpsc.rs` receives in batches, which costs less for each message.

use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

#[tokio::main]
async fn main() {
    let (tx, rx) = mpsc::channel(4);
    let sender = tokio::spawn(async move {
        for n in 1.. {
            if tx.send(n).await.is_err() {
                println!("the stream is gone");
                break;
            }
        }
    });

    let squares: Vec<i32> = ReceiverStream::new(rx)
        .filter(|n| n % 2 == 1)
        .map(|n| n * n)
        .take(5)
        .collect()
        .await; // Drops the stream, and with it the receiver: the sender learns of it.
    println!("{squares:?}");
    sender.await.unwrap();
}

// Prints, in any order:
// [1, 9, 25, 49, 81]
// the stream is gone
