//! Only the latest value: a slow reader skips what it missed, and always sees the last one.
//!
//! fast writer -> [channel] -> all that wait, of which the last one counts -> slow reader
//!
//! Next: `src/latest.rs` keeps one value instead of all that wait, and may have several readers.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (percent_tx, percent_rx) = mpsc::channel();

    let writer = thread::spawn(move || {
        for percent in 1..=100 {
            percent_tx.send(percent).unwrap();
            thread::sleep(Duration::from_millis(3));
        }
    });

    // Waits for a value, then takes whatever else has come, and keeps the last of it.
    while let Ok(first) = percent_rx.recv() {
        let latest = percent_rx.try_iter().last().unwrap_or(first);
        println!("{latest} %");
        thread::sleep(Duration::from_millis(100)); // Stands for drawing.
    }
    writer.join().unwrap();
}

// Prints:
// …
// 100 %
