//! A priority queue: the receiver takes all that has come, and does the most urgent first.
//!
//! threads -> [channel] -> heap -> most urgent first, ties in the order of arrival
//!
//! Next: `src/merge.rs` brings the messages of several sources into one bounded queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();
    let nurse = thread::spawn(move || {
        for patient in [
            (1, "cough"),
            (9, "heart"),
            (1, "cold"),
            (5, "arm"),
            (9, "stroke"),
        ] {
            tx.send(patient).unwrap();
        }
    });
    nurse.join().unwrap(); // Only so that this program always prints the same.

    let mut waiting = BinaryHeap::new();
    let mut number = 0; // Without it, the names would decide between equally urgent ones.
    loop {
        // Blocks only when there is nothing to do. Then takes whatever else has come.
        let first = if waiting.is_empty() {
            rx.recv().ok()
        } else {
            None
        };
        for (urgency, name) in first.into_iter().chain(rx.try_iter()) {
            number += 1;
            waiting.push((urgency, Reverse(number), name));
        }
        match waiting.pop() {
            Some((urgency, _, name)) => println!("urgency {urgency}: {name}"),
            None => break, // Nothing waits, and the last sender is gone.
        }
    }
}

// Prints:
// urgency 9: heart
// urgency 9: stroke
// urgency 5: arm
// urgency 1: cough
// urgency 1: cold
