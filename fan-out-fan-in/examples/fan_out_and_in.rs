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

    // Joins its threads at the end, and panics if one of them has.
    thread::scope(|scope| {
        for _ in 0..4 {
            // Clones of one receiver share the jobs: each goes to whichever worker is free.
            let (job_rx, result_tx) = (job_rx.clone(), result_tx.clone());
            scope.spawn(move || {
                for n in job_rx {
                    result_tx.send(n * n).unwrap();
                }
            });
        }

        // A thread of its own sends the jobs. If main sent all of them before it took any result,
        // both channels would fill up, and everybody would wait.
        scope.spawn(move || {
            for n in 1..=100 {
                job_tx.send(n).unwrap();
            }
        });

        drop(result_tx); // The sum below ends with the last sender. The workers drop theirs.
        drop(job_rx); // Had all workers panicked, whoever sends jobs would learn of it.

        let sum: i32 = result_rx.iter().sum();
        println!("{sum}");
    });
}

// Prints:
// 338350
