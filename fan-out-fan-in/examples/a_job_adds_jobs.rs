//! A job adds jobs: each carries a sender, so that the queue ends when no job is left.
//!
//! first job -> [jobs] -> 3 workers, who send more jobs -> [jobs]; names -> main
//!
//! Next: `src/worklist.rs` is this with panics, early stops and any type of job.

use crossbeam_channel::{Sender, unbounded};
use std::thread;

struct Job(&'static str, Sender<Job>);

// Stands for reading a folder: the folders in it.
fn folders_in(folder: &str) -> Vec<&'static str> {
    match folder {
        "/" => vec!["/etc", "/home"],
        "/home" => vec!["/home/ann", "/home/bob"],
        "/home/ann" => vec!["/home/ann/music"],
        _ => vec![],
    }
}

fn main() {
    let (job_tx, job_rx) = unbounded(); // With a bound, all workers might wait for room.
    let (name_tx, name_rx) = unbounded();

    for _ in 0..3 {
        let (job_rx, name_tx) = (job_rx.clone(), name_tx.clone());
        thread::spawn(move || {
            // Ends when the last sender is gone: with the last job that is queued or in hand.
            for Job(folder, job_tx) in job_rx {
                for found in folders_in(folder) {
                    job_tx.send(Job(found, job_tx.clone())).unwrap();
                }
                name_tx.send(folder).unwrap();
            }
        });
    }
    job_tx.send(Job("/", job_tx.clone())).unwrap();
    drop(job_tx); // Only jobs have senders now.
    drop(name_tx); // The loop below ends with the workers.

    for name in name_rx {
        println!("{name}");
    }
}

// Prints, in any order:
// /
// /etc
// /home
// /home/ann
// /home/ann/music
// /home/bob
