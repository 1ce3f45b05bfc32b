//! An actor ends with its handles: it sends messages to itself, and still sees the end.
//!
//! handles (senders) -> [queue] -> actor -> weak sender -> the same queue
//!
//! Next: `src/oneshot.rs` answers its callers, and tells them when it has ended.

use tokio::sync::mpsc::{self, UnboundedReceiver, WeakUnboundedSender};
use tokio::time::{Duration, sleep};

// Counts down, by a message to itself for each step.
async fn actor(mut step_rx: UnboundedReceiver<u32>, step_tx: WeakUnboundedSender<u32>) {
    while let Some(n) = step_rx.recv().await {
        println!("{n}");
        // A `Sender` of its own would keep the queue open, and this loop would never end. A weak
        // one can send only while a handle is alive.
        match step_tx.upgrade() {
            Some(step_tx) if n > 0 => step_tx.send(n - 1).unwrap(),
            Some(_) => println!("done, waiting for more"),
            None => println!("no handle is left"),
        }
    }
    println!("the actor has ended");
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    // Unbounded: in a full queue, the actor would wait for room that only it can make.
    let (handle, step_rx) = mpsc::unbounded_channel();
    let actor = tokio::spawn(actor(step_rx, handle.downgrade()));

    handle.send(2).unwrap();
    sleep(Duration::from_millis(100)).await; // Lets the actor count down.
    handle.send(5).unwrap();
    drop(handle); // The last one.
    actor.await.unwrap();
}

// Prints:
// 2
// 1
// 0
// done, waiting for more
// 5
// no handle is left
// the actor has ended
