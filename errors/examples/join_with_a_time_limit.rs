//! Join with a time limit: wait for a thread, but not for long.
//!
//! thread -> result -> [channel] -> recv_timeout
//!
//! Next: `../worker-pool/src/tracker.rs` waits for many jobs, and says how many still run.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

fn main() {
    let (result_tx, result_rx) = mpsc::channel();
    let thread = thread::spawn(move || {
        thread::sleep(Duration::from_millis(800)); // Stands for long work.
        // Fails if nobody waits any more, and that is fine.
        let _ = result_tx.send(42);
    });

    // `join` has no time limit. A channel has.
    match result_rx.recv_timeout(Duration::from_millis(100)) {
        Ok(result) => println!("the result is {result}"),
        Err(RecvTimeoutError::Timeout) => println!("no result within 100 ms"),
        Err(RecvTimeoutError::Disconnected) => println!("the thread panicked"),
    }

    // The thread still runs: nothing can stop it from outside. Wait longer, or let it be.
    println!("has it ended? {}", thread.is_finished());
    println!("later: {:?}", result_rx.recv());
    thread.join().unwrap();
}

// Prints:
// no result within 100 ms
// has it ended? false
// later: Ok(42)
