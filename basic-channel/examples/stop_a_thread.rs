//! Stop a thread: one that waits ends when its sender is dropped, one that computes sees a flag.
//!
//! drop(tx) -> recv ends -> thread ends;  flag -> looked at in each turn -> thread ends
//!
//! Next: `../select-shutdown/src/shutdown.rs` stops a worker without losing what is queued.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();
    let waits = thread::spawn(move || {
        for job in rx {
            println!("did {job:?}");
        }
        println!("no more jobs");
    });
    tx.send("the job").unwrap();
    // A thread that waits in `recv` never sees a flag. The end of the channel wakes it.
    drop(tx);
    waits.join().unwrap();

    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&stop);
    let computes = thread::spawn(move || {
        let mut steps = 0_u64;
        while !seen.load(Relaxed) {
            steps += 1; // Stands for work.
        }
        println!("told to stop after {steps} steps");
    });
    stop.store(true, Relaxed);
    computes.join().unwrap();
}

// Prints:
// did "the job"
// no more jobs
// told to stop after … steps
