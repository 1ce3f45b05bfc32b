//! In the order of the input: results carry their number, and early ones wait for their turn.
//!
//! items -> (number, item) -> 4 workers -> (number, result) -> map -> 0, 1, 2, …
//!
//! Next: `src/ordered.rs` also limits how many results may wait.

use crossbeam_channel::unbounded;
use std::collections::HashMap;
use std::thread;
use std::time::Duration;

fn main() {
    let (job_tx, job_rx) = unbounded();
    let (result_tx, result_rx) = unbounded();
    for _ in 0..4 {
        let (job_rx, result_tx) = (job_rx.clone(), result_tx.clone());
        thread::spawn(move || {
            for (number, millis) in job_rx {
                thread::sleep(Duration::from_millis(millis)); // Stands for work.
                result_tx.send((number, millis)).unwrap();
            }
        });
    }

    for job in [90, 10, 70, 50, 30, 20].into_iter().enumerate() {
        job_tx.send(job).unwrap();
    }
    drop((job_tx, result_tx)); // Ends the workers, and then the loop below.

    let mut early = HashMap::new();
    let mut next = 0;
    for (number, millis) in result_rx {
        early.insert(number, millis);
        // One result may release several.
        while let Some(millis) = early.remove(&next) {
            println!("{next}: {millis} ms");
            next += 1;
        }
    }
}

// Prints:
// 0: 90 ms
// 1: 10 ms
// 2: 70 ms
// 3: 50 ms
// 4: 30 ms
// 5: 20 ms
