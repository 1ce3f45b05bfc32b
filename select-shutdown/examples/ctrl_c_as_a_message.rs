//! Ctrl-C as a message: the handler only sends, and main decides what to do.
//!
//! jobs, Ctrl-C -> select_biased! -> main
//!
//! Next: `src/signals.rs` takes SIGTERM too, and lets a second Ctrl-C end the program at once.

use crossbeam_channel::{bounded, select_biased};
use std::thread;
use std::time::Duration;

fn main() {
    // Room for one: the handler must not wait, and one Ctrl-C says it all.
    let (stop_tx, stop_rx) = bounded(1);
    // The crate ctrlc is for Windows too. It runs this on a thread of its own, where sending is
    // allowed; within a Unix signal handler hardly anything is.
    let handler = move || {
        // Fails when one waits already.
        let _ = stop_tx.try_send(());
    };
    ctrlc::set_handler(handler).unwrap();

    let (job_tx, job_rx) = bounded(1);
    thread::spawn(move || {
        for n in 1..=10 {
            thread::sleep(Duration::from_millis(100));
            if job_tx.send(n).is_err() {
                break; // Main has stopped.
            }
        }
    });

    println!("Ten jobs: press Ctrl-C to stop before the last.");
    let mut done = 0;
    let end = loop {
        select_biased! {
            recv(stop_rx) -> _ => break "stopped",
            recv(job_rx) -> job => match job {
                Ok(_) => done += 1,
                Err(_) => break "no more jobs",
            },
        }
    };
    println!("{end}: {done} are done");
}

// Prints:
// Ten jobs: press Ctrl-C to stop before the last.
// no more jobs: 10 are done
