//! Results out of rayon while it works: a channel from its threads to yours.
//!
//! items -> par_iter on a thread of its own -> [results] -> main, as they come
//!
//! Next: `src/unordered.rs` does this with threads of its own, and ends when you stop early.

use rayon::prelude::*;
use std::sync::mpsc;
use std::thread;

fn main() {
    let (square_tx, square_rx) = mpsc::channel();

    // A plain thread waits for rayon's. Main could not: it receives meanwhile.
    let work = thread::spawn(move || {
        // A sender is `Sync`, so rayon's threads share this one. Unbounded, so that they never wait
        // for us: while a bounded channel is full, they stand still.
        (1..=10_u64)
            .into_par_iter()
            .for_each(|n| square_tx.send(n * n).unwrap());
        // The sender is dropped here: that ends the loop below.
    });

    let mut sum = 0;
    for square in square_rx {
        println!("got {square}"); // In the order in which they are ready.
        sum += square;
    }
    println!("the sum is {sum}");
    work.join().unwrap();
}

// Prints, in any order:
// got 1
// got 4
// got 9
// got 16
// got 25
// got 36
// got 49
// got 64
// got 81
// got 100
// the sum is 385
