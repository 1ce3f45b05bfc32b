//! A steady rate: one item every 20 ms, on a schedule, so that late wake-ups do not add up.
//!
//! items -> wait until the next time of the schedule -> out
//!
//! Next: `src/paced.rs` is this with a limit on what may be made up for after a stall.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (tx, rx) = mpsc::channel();
    let period = Duration::from_millis(20);

    let sender = thread::spawn(move || {
        let mut next = Instant::now();
        for n in 1..=50 {
            // Every sleep ends a little late. With `sleep(period - elapsed)`, and then a new start,
            // all of that adds up, and the rate is too low.
            thread::sleep(next.saturating_duration_since(Instant::now()));
            tx.send(n).unwrap();
            next += period;
        }
    });

    let start = Instant::now();
    let received = rx.iter().count();
    // The first goes at once, so there are 49 periods.
    println!("{received} items in {} ms", start.elapsed().as_millis());
    sender.join().unwrap();
}

// Prints:
// 50 items in … ms
