//! A stage with workers: clones of its channels. And a stage may send less or more than it gets.
//!
//! lines -> split: several words for a line -> 3 workers: only long words -> main
//!
//! Next: `src/pipeline.rs` has such stages, and `src/ordered.rs` is one that keeps the order.

use crossbeam_channel::bounded;
use std::thread;

fn main() {
    let (line_tx, line_rx) = bounded(2);
    let (word_tx, word_rx) = bounded(2);
    let (long_tx, long_rx) = bounded(2);

    thread::spawn(move || {
        for line in [
            "to be or not to be",
            "that is the question",
            "whether it is nobler",
        ] {
            line_tx.send(line).unwrap();
        }
    });
    thread::spawn(move || {
        for line in line_rx {
            for word in line.split(' ') {
                word_tx.send(word).unwrap();
            }
        }
    });
    for _ in 0..3 {
        let (word_rx, long_tx) = (word_rx.clone(), long_tx.clone());
        thread::spawn(move || {
            for word in word_rx {
                if word.len() > 5 {
                    long_tx.send(word).unwrap();
                }
            }
        });
    }
    drop(long_tx); // The stage ends with the last of its workers, who have the other senders.

    for word in long_rx {
        println!("{word}");
    }
}

// Prints, in any order:
// question
// whether
// nobler
