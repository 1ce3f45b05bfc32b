//! A bounded channel: when it is full, the sender waits for the receiver.
//!
//! fast sender -> [2 places] -> slow receiver
//!
//! Next: `src/back_pressure.rs` lets you choose: wait, drop a message, or get it back.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let (tx, rx) = mpsc::sync_channel(2);

    // The sender has a thread of its own. If main sent all of them before it received any, the
    // third `send` would wait forever.
    let sender = thread::spawn(move || {
        for n in 1..=6 {
            let start = Instant::now();
            tx.send(n).unwrap();
            // Next to nothing for the first three: two are queued, and main has one.
            println!("{n} waited {} ms for a place", start.elapsed().as_millis());
        }
    });

    for n in rx {
        thread::sleep(Duration::from_millis(100));
        println!("{n} is done");
    }
    sender.join().unwrap();
}

// Prints, in any order:
// 1 waited … ms for a place
// 2 waited … ms for a place
// 3 waited … ms for a place
// 1 is done
// 4 waited … ms for a place
// 2 is done
// 5 waited … ms for a place
// 3 is done
// 6 waited … ms for a place
// 4 is done
// 5 is done
// 6 is done
