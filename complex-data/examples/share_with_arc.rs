//! Share with `Arc`: several threads read one value, and nobody copies it.
//!
//! data -> Arc to each of 3 threads -> results -> main
//!
//! Next: `src/shared.rs` does this for many buffers, and gathers the results in their order.

use std::sync::{Arc, mpsc};
use std::thread;

fn main() {
    let data = Arc::new(vec![3, 1, 4, 1, 5]);
    let (tx, rx) = mpsc::channel();

    for n in 1..=3 {
        let tx = tx.clone();
        // Clones the handle, not the vector: a counter goes up by one.
        let data = Arc::clone(&data);
        thread::spawn(move || {
            let multiples = data.iter().filter(|&x| x % n == 0).count();
            tx.send((n, multiples)).unwrap();
        });
    }
    drop(tx); // The original: the loop below ends when the last sender is gone.

    for (n, multiples) in rx {
        println!("{multiples} of {} are multiples of {n}", data.len());
    }
}

// Prints, in any order:
// 5 of 5 are multiples of 1
// 1 of 5 are multiples of 2
// 1 of 5 are multiples of 3
