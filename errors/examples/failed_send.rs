//! A failed send: when the receiver is gone, the value comes back.
//!
//! main -> 42 -> [no receiver] -> 42 -> main
//!
//! Next: `src/failover_std.rs` tries another queue with what came back.

use std::sync::mpsc::{self, SendError};

fn main() {
    let (tx, rx) = mpsc::channel();
    drop(rx); // As when the thread that received has ended.

    match tx.send(42) {
        // Queued, not processed: a receiver that ends later drops what it has not read.
        Ok(()) => println!("sent"),
        Err(SendError(value)) => println!("not sent: {value} is ours again"),
    }
}

// Prints:
// not sent: 42 is ours again
