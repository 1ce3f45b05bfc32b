//! A shutdown signal: the worker hears it before the next job, and finishes what is queued.
//!
//! jobs, stop -> select_biased!, the stop first -> worker -> drain -> end
//!
//! Next: `src/shutdown.rs` drains within a limit, and counts what is left.

use crossbeam_channel::{bounded, select_biased, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    let (stop_tx, stop_rx) = bounded::<()>(0);
    let (job_tx, job_rx) = unbounded();

    let worker = thread::spawn(move || {
        let work = |n: i32| {
            thread::sleep(Duration::from_millis(60)); // Stands for work.
            println!("job {n} is done");
        };
        loop {
            // Biased: the stop goes first. Plain `select!` picks at random among what is ready.
            select_biased! {
                recv(stop_rx) -> _ => break,
                recv(job_rx) -> job => match job {
                    Ok(n) => work(n),
                    Err(_) => return, // No more jobs. To go on would spin: an end is always ready.
                },
            }
        }
        println!("told to stop");
        // What is queued gets done. A job sent at this very moment may be lost, although its `send`
        // was `Ok`: `src/shutdown.rs` closes a gate first.
        job_rx.try_iter().for_each(work);
    });

    for n in 1..=5 {
        job_tx.send(n).unwrap();
    }
    thread::sleep(Duration::from_millis(150));
    drop(stop_tx); // The end of this channel is the signal: every clone of `stop_rx` sees it.
    worker.join().unwrap();
}

// Prints, in any order:
// job 1 is done
// job 2 is done
// job 3 is done
// told to stop
// job 4 is done
// job 5 is done
