//! A bucket with bursts: one request every 50 ms in the long run, and three at once after a pause.
//!
//! request -> credit left? pass at once : wait for it
//!
//! Next: `src/token_bucket.rs` decides without waiting; `src/shared.rs` serves several threads.

use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let period = Duration::from_millis(50);
    let burst = 3;

    let start = Instant::now();
    // The whole bucket is one moment: when it will be full again. Each request moves that by a
    // period, and waits while it is more than a full burst ahead.
    let mut full_at = start;
    for n in 1..=6 {
        let now = Instant::now();
        full_at = full_at.max(now) + period;
        let wait = full_at.saturating_duration_since(now + period * burst);
        thread::sleep(wait);
        println!("request {n} at {} ms", start.elapsed().as_millis());
    }
}

// Prints:
// request 1 at … ms
// request 2 at … ms
// request 3 at … ms
// request 4 at … ms
// request 5 at … ms
// request 6 at … ms
