//! crossbeam's `tick`: a channel that delivers a message every 50 ms.
//!
//! item, then tick -> out
//!
//! Next: `src/ticked.rs` does this with a stop; `src/paced.rs` keeps the mean rate.

use crossbeam_channel::{tick, unbounded};
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (item_tx, item_rx) = unbounded();
    thread::spawn(move || {
        for word in ["all", "at", "once"] {
            item_tx.send(word).unwrap();
        }
    });

    let start = Instant::now();
    let ticks = tick(Duration::from_millis(50));
    for word in item_rx {
        // Wait for the item, then for a tick. The other way round, a tick could be saved up while
        // no item comes, and two items would pass together.
        ticks.recv().unwrap();
        println!("{word} at {} ms", start.elapsed().as_millis());
    }
}

// Prints:
// all at … ms
// at at … ms
// once at … ms
