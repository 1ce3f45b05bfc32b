//! Select over two channels: take from whichever has something, until both have ended.
//!
//! words, numbers -> select! -> main
//!
//! Next: `src/select.rs` is this as an iterator: each message is an event, and so is each end.

use crossbeam_channel::{never, select, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    let (word_tx, mut word_rx) = unbounded();
    let (number_tx, mut number_rx) = unbounded();

    thread::spawn(move || {
        for word in ["one", "two"] {
            thread::sleep(Duration::from_millis(100));
            word_tx.send(word).unwrap();
        }
    });
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(150));
        number_tx.send(42).unwrap();
    });

    let mut open = 2;
    while open > 0 {
        select! {
            recv(word_rx) -> message => if let Ok(word) = message {
                println!("word {word:?}");
            } else {
                // A channel that has ended is always ready: the loop would spin. `never` never is.
                word_rx = never();
                open -= 1;
            },
            recv(number_rx) -> message => if let Ok(number) = message {
                println!("number {number}");
            } else {
                number_rx = never();
                open -= 1;
            },
        }
    }
    println!("both have ended");
}

// Prints, in any order:
// word "one"
// number 42
// word "two"
// both have ended
