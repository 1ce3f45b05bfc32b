//! Stop by drop: one handle, and when it goes, all threads end, even if its owner panics.
//!
//! Handle { stop_tx, threads } -> drop -> every thread sees the end -> joined
//!
//! Next: `src/shutdown.rs` also drains what is queued, within a limit.

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::thread::{self, JoinHandle};
use std::time::Duration;

struct Sensors {
    stop_tx: Option<Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

fn read(name: &str, stop_rx: &Receiver<()>) {
    let mut readings = 0;
    // A pause that the stop ends at once. A sleep would have to run out first.
    while stop_rx.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
        readings += 1;
    }
    println!("{name}: stopped after {readings} readings");
}

impl Drop for Sensors {
    fn drop(&mut self) {
        // The sender goes first: its end is the signal. Then it waits for each thread.
        drop(self.stop_tx.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // No `unwrap`: a panic in `drop` may abort the process.
        }
    }
}

fn main() {
    let (stop_tx, stop_rx) = bounded(0);
    let start = |name| {
        let stop_rx = stop_rx.clone(); // All of them see the end of the channel.
        thread::spawn(move || read(name, &stop_rx))
    };
    let threads = ["indoor", "outdoor"].map(start).into();
    let sensors = Sensors {
        stop_tx: Some(stop_tx),
        threads,
    };

    thread::sleep(Duration::from_millis(100));
    drop(sensors); // As at the end of a function, or with the struct that holds it.
    println!("all threads have ended");
}

// Prints, in any order:
// indoor: stopped after … readings
// outdoor: stopped after … readings
// all threads have ended
