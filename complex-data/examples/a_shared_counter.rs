//! A shared counter: threads add to one number, without a message for each item.
//!
//! 4 threads -> fetch_add -> one AtomicUsize
//!
//! Next: `../fan-out-fan-in/src/unordered.rs` sends results that are more than a number.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;

fn main() {
    let words = AtomicUsize::new(0);

    thread::scope(|scope| {
        for text in ["to be or not to be", "that is", "the", "question"] {
            let words = &words;
            scope.spawn(move || {
                // Counts by itself first, and touches the shared number once.
                let count = text.split_whitespace().count();
                words.fetch_add(count, Relaxed);
            });
        }
    });

    // `Relaxed` is enough: the scope has joined the threads, so all they added is seen here.
    println!("{} words", words.load(Relaxed));
}

// Prints:
// 10 words
