//! A shared receiver: std's cannot be cloned, so the workers take turns at it.
//!
//! numbers -> [jobs] -> one receiver behind a mutex -> 4 workers -> [results] -> main
//!
//! Next: `src/std_only.rs` lets the workers take turns at the input itself.

use std::sync::{Arc, Mutex, mpsc};
use std::thread;

fn main() {
    let (job_tx, job_rx) = mpsc::channel();
    let (result_tx, result_rx) = mpsc::channel();
    let job_rx = Arc::new(Mutex::new(job_rx)); // `job_rx.clone()` does not compile (E0599).

    for _ in 0..4 {
        let job_rx = Arc::clone(&job_rx);
        let result_tx = result_tx.clone();
        thread::spawn(move || {
            loop {
                // A statement of its own, so that the lock is free while we work. In `while let
                // Ok(n) = job_rx.lock().unwrap().recv()`, it is kept through the body.
                let job = job_rx.lock().unwrap().recv();
                match job {
                    Ok(n) => result_tx.send(n * n).unwrap(),
                    Err(_) => break, // The sender is gone: no more jobs.
                }
            }
        });
    }

    for n in 1..=100 {
        job_tx.send(n).unwrap();
    }
    drop(job_tx); // Ends the workers …
    drop(result_tx); // … who drop the other senders of results, which ends the sum.

    println!("{}", result_rx.iter().sum::<i32>());
}

// Prints:
// 338350
