//! Results of jobs: each job has a channel for its result, and the caller picks it up later.
//!
//! main -> [job, result_tx] -> worker -> [result] -> main
//!
//! Next: `src/results.rs` does this on any pool, and tells a panic from a result.

use crossbeam_channel::{Receiver, bounded, unbounded};
use std::thread;

type Job = Box<dyn FnOnce() + Send>;

fn main() {
    let (job_tx, job_rx) = unbounded::<Job>();
    for _ in 0..2 {
        let job_rx = job_rx.clone();
        thread::spawn(move || job_rx.iter().for_each(|job| job()));
    }

    drop(job_rx); // If all workers die, queued jobs go too, and nobody waits for their results.

    let submit = |text: &'static str| -> Receiver<usize> {
        let (result_tx, result_rx) = bounded(1); // Room for the one result: the worker never waits.
        let job = move || {
            // Fails when the caller has dropped its end, and then nobody wants the result.
            let _ = result_tx.send(text.split_whitespace().count());
        };
        job_tx.send(Box::new(job)).unwrap();
        result_rx
    };

    let first = submit("one two three");
    let second = submit("four five");
    println!("both are submitted");

    // `recv` waits for the result. It returns an error if the job has panicked.
    println!("second: {}", second.recv().unwrap());
    println!("first: {}", first.recv().unwrap());
}

// Prints:
// both are submitted
// second: 2
// first: 3
