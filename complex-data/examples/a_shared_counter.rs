//! A shared counter: threads add to one number, without a message for each item.
//!
//! 4 threads -> fetch_add -> one AtomicU64
//!
//! Next: `../fan-out-fan-in/src/unordered.rs` sends results that are more than a number.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

fn main() {
    let words = AtomicU64::new(0);

    thread::scope(|scope| {
        for text in ["to be or not to be", "that is", "the", "question"] {
            let words = &words;
            scope.spawn(move || {
                // Counts by itself first, and touches the shared number once.
                let count = text.split_whitespace().count();
                words.fetch_add(count as u64, Relaxed);
            });
        }
    });

    // `Relaxed` is enough: the scope has joined the threads, so all they added is seen here.
    println!("{} words", words.load(Relaxed));
}

// Prints:
// 10 words
