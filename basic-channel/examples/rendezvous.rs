//! A rendezvous: a channel without a queue, where `send` returns once the message is taken.
//!
//! sender -> [no place] -> receiver
//!
//! Next: `src/ownership.rs` builds on it: what nobody takes comes back.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (tx, rx) = mpsc::sync_channel(0);
    println!("main is busy for 100 ms");

    let runner = thread::spawn(move || {
        let start = Instant::now();
        tx.send("baton").unwrap();
        println!("handed over after {} ms", start.elapsed().as_millis());
    });

    thread::sleep(Duration::from_millis(100));
    let baton = rx.recv().unwrap();
    runner.join().unwrap();
    println!("main has the {baton}");
}

// Prints:
// main is busy for 100 ms
// handed over after … ms
// main has the baton
