//! One deadline for a loop: receive for 200 ms in all, however often something comes.
//!
//! sensor -> [reading every 30 ms] -> main, until the deadline
//!
//! Next: `src/deadline.rs` is this as an iterator, with a limit on each pause too.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (tx, rx) = mpsc::channel();
    let sensor = thread::spawn(move || {
        // Ends when the receiver is gone.
        while tx.send(21).is_ok() {
            thread::sleep(Duration::from_millis(30));
        }
    });

    let deadline = Instant::now() + Duration::from_millis(200);
    let mut readings = 0;
    // A `recv_timeout` of 200 ms would start anew with each reading, and the loop would never end.
    // The loop looks at the clock, too: with no time left, `recv_timeout` returns what is queued.
    while Instant::now() < deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        match rx.recv_timeout(left) {
            Ok(_) => readings += 1,
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    println!("{readings} readings");

    drop(rx);
    sensor.join().unwrap();
}

// Prints:
// … readings
