//! A pipeline: each step has its thread, and all steps work at the same time.
//!
//! lines -> [2] -> parse -> [2] -> square -> [2] -> main
//!
//! Next: `src/pipeline.rs` stops all stages at the first error, and passes on panics.

use std::sync::mpsc::sync_channel;
use std::thread;

fn main() {
    // Bounded, so that a slow step slows down those before it.
    let (line_tx, line_rx) = sync_channel(2);
    let (number_tx, number_rx) = sync_channel(2);
    let (square_tx, square_rx) = sync_channel(2);

    thread::spawn(move || {
        for line in ["1", "2", "three", "4"] {
            line_tx.send(line).unwrap();
        }
    });
    thread::spawn(move || {
        for line in line_rx {
            // A bad line travels on as an `Err`, in its place.
            number_tx.send(line.parse::<i32>()).unwrap();
        }
    });
    thread::spawn(move || {
        for number in number_rx {
            square_tx.send(number.map(|n| n * n)).unwrap();
        }
    });
    // The ends need no care: each thread drops its sender when its own input has ended.

    for square in square_rx {
        match square {
            Ok(square) => println!("{square}"),
            Err(error) => println!("{error}"),
        }
    }
}

// Prints:
// 1
// 4
// invalid digit found in string
// 16
