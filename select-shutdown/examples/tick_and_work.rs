//! Tick and work: do the jobs that come, and report at regular intervals meanwhile.
//!
//! jobs, ticks -> select! -> main
//!
//! Next: `src/ticker.rs` keeps the ticks on their schedule, however long a job takes.

use crossbeam_channel::{select, tick, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    let (job_tx, job_rx) = unbounded();
    thread::spawn(move || {
        for n in 1..=10 {
            job_tx.send(n).unwrap();
            thread::sleep(Duration::from_millis(35));
        }
    });

    // A message every 100 ms. One that is not taken in time is kept; further ones are dropped.
    let ticks = tick(Duration::from_millis(100));
    let mut done = 0;
    loop {
        select! {
            recv(job_rx) -> job => match job {
                Ok(_) => done += 1,
                Err(_) => break, // The ticks never end; the jobs do.
            },
            recv(ticks) -> _ => println!("{done} jobs so far"),
        }
    }
    println!("{done} jobs in all");
}

// Prints:
// …
// 10 jobs in all
