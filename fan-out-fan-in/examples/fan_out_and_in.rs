//! Fan out, fan in: four workers square numbers, and main adds up the results.
//!
//! numbers -> [jobs] -> 4 workers -> [results] -> main
//!
//! Next: `src/unordered.rs` is this with panics, early stops and any item type.

use crossbeam_channel::bounded;
use std::thread;

fn main() {
    let (job_tx, job_rx) = bounded(8);
    let (result_tx, result_rx) = bounded(8);

    for _ in 0..4 {
        // Clones of one receiver share the jobs: each job goes to the worker that is free.
        let job_rx = job_rx.clone();
        let result_tx = result_tx.clone();
        thread::spawn(move || {
            for n in job_rx {
                result_tx.send(n * n).unwrap();
            }
        });
    }

    // A thread of its own sends the jobs. If main sent all of them before it took any result, both
    // channels would fill up, and everybody would wait.
    thread::spawn(move || {
        for n in 1..=100 {
            job_tx.send(n).unwrap();
        }
    });

    // The loop of a worker ends when `job_tx` is gone, and ours when the last `result_tx` is. The
    // workers drop theirs; this one is ours.
    drop(result_tx);

    let sum: i32 = result_rx.iter().sum();
    println!("{sum}");
}

// Prints:
// 338350
