//! A closed channel is a normal end: neither side panics when the other has left.
//!
//! sender <- "I have enough" (receiver dropped);  receiver <- "that was all" (sender dropped)
//!
//! Next: `../basic-channel/src/stream.rs` ends a producer and its consumer in both ways.

use std::sync::mpsc;
use std::thread;

fn main() {
    // The receiver leaves first.
    let (tx, rx) = mpsc::sync_channel(0);
    let counter = thread::spawn(move || {
        for n in 1.. {
            // No `unwrap`: a receiver that has left is no error, it has what it wanted.
            if tx.send(n).is_err() {
                return n;
            }
        }
        unreachable!("there are always more numbers");
    });
    let first: Vec<i32> = rx.iter().take(3).collect();
    drop(rx);
    println!("took {first:?}; {} found nobody", counter.join().unwrap());

    // The sender leaves first.
    let (tx, rx) = mpsc::channel();
    let sender = thread::spawn(move || tx.send("all there is").unwrap());
    while let Ok(message) = rx.recv() {
        println!("received {message:?}");
    }
    println!("that was all");
    sender.join().unwrap();
}

// Prints:
// took [1, 2, 3]; 4 found nobody
// received "all there is"
// that was all
