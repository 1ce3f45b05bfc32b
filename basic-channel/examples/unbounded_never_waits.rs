//! An unbounded channel: `send` never waits, however far behind the receiver is.
//!
//! main -> [1, 2, 3, … 100,000] -> thread
//!
//! Next: `src/stream.rs` has a bound, so a slow receiver slows the sender down.

use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();

    // Nobody receives yet. The messages wait in memory: a receiver that is slower than its sender
    // for long makes the process grow until the system ends it.
    for n in 1..=100_000_u64 {
        tx.send(n).unwrap();
    }
    println!("sent 100000 messages, none of them received");

    // The sum below ends when the last sender is gone. This one is ours.
    drop(tx);

    let receiver = thread::spawn(move || rx.iter().sum::<u64>());
    println!("received all of them: {}", receiver.join().unwrap());
}

// Prints:
// sent 100000 messages, none of them received
// received all of them: 5000050000
