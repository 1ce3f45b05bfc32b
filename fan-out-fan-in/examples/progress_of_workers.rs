//! Progress of several workers: they report, and one thread draws.
//!
//! workers -> [(worker, percent)] -> main draws a line for each change
//!
//! Next: `../multi-producer/src/merge.rs` gathers what several threads produce, panics included.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (progress_tx, progress_rx) = mpsc::channel();

    for worker in 0..3 {
        let progress_tx = progress_tx.clone();
        thread::spawn(move || {
            for percent in [25, 50, 75, 100] {
                thread::sleep(Duration::from_millis(20 + 10 * worker as u64)); // Stands for work.
                progress_tx.send((worker, percent)).unwrap();
            }
        });
    }
    drop(progress_tx); // The original: the loop below ends when the last worker is done.

    // Only main writes to the terminal, so that workers do not write over each other. With the
    // crate indicatif, `bars[worker].set_position(percent)` stands here.
    let mut progress = [0; 3];
    for (worker, percent) in progress_rx {
        progress[worker] = percent;
        println!("{progress:?}");
    }
    println!("all done");
}

// Prints:
// …
// [100, 100, 100]
// all done
