//! A oneshot reply: ask the task that owns the state, and wait for its answer.
//!
//! caller -> [Add, reply_tx] -> owner -> reply -> caller
//!
//! Next: `src/oneshot.rs` never waits forever, even when the owner dies with the request.

use tokio::sync::{mpsc, oneshot};

#[tokio::main]
async fn main() {
    let (request_tx, mut request_rx) = mpsc::channel::<(i32, oneshot::Sender<i32>)>(8);

    let owner = tokio::spawn(async move {
        let mut total = 0;
        while let Some((n, reply_tx)) = request_rx.recv().await {
            total += n;
            // Fails when the caller no longer waits. `send` itself never waits.
            let _ = reply_tx.send(total);
        }
    });

    for n in [20, 22] {
        let (reply_tx, reply_rx) = oneshot::channel();
        request_tx.send((n, reply_tx)).await.unwrap();
        println!("added {n}: the total is {}", reply_rx.await.unwrap());
    }

    drop(request_tx); // The owner's loop ends.
    owner.await.unwrap();
}

// Prints:
// added 20: the total is 20
// added 22: the total is 42
