//! Standard input with a time limit: a thread reads, and main waits no longer than it wants to.
//!
//! stdin -> reader thread -> [lines] -> recv_timeout
//!
//! Next: `../errors/src/deadline.rs` sets one deadline for any number of lines.

use std::io;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

fn main() {
    let (line_tx, line_rx) = mpsc::channel();

    // Nobody joins this thread: a read of a terminal cannot be interrupted, so `join` might wait
    // forever. The thread ends with the program.
    thread::spawn(move || {
        for line in io::stdin().lines() {
            if line_tx.send(line).is_err() {
                break;
            }
        }
    });

    println!("Type a line within half a second.");
    match line_rx.recv_timeout(Duration::from_millis(500)) {
        Ok(Ok(line)) => println!("you typed {line:?}"),
        Ok(Err(error)) => println!("standard input cannot be read: {error}"),
        Err(RecvTimeoutError::Timeout) => println!("too late"),
        Err(RecvTimeoutError::Disconnected) => println!("standard input has ended"),
    }
}

// Prints:
// Type a line within half a second.
// too late
