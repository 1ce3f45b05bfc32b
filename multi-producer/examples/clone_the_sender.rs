//! Clone the sender: each thread sends through a clone of its own, one receiver gets it all.
//!
//! thread 1, thread 2 -> [channel] -> main
//!
//! Next: `src/merge.rs` does this with a bound, for any inputs, and passes on their panics.

use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();

    for n in 1..=2 {
        let tx = tx.clone();
        thread::spawn(move || tx.send(format!("from thread {n}")).unwrap());
    }

    // The loop ends when the last sender is gone. The threads drop their clones; this one is ours.
    drop(tx);

    for message in rx {
        println!("{message}");
    }
}

// Prints, in any order:
// from thread 1
// from thread 2
