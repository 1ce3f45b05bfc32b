//! Batches by size: one message for many items, and the rest at the end.
//!
//! items -> 100 at a time -> [batches] -> main
//!
//! Next: `src/batched.rs` also sends what has waited for too long, when items come slowly.

use std::mem;
use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();

    let sender = thread::spawn(move || {
        let mut batch = Vec::with_capacity(100);
        for n in 0..250 {
            batch.push(n);
            if batch.len() == 100 {
                // Leaves a new batch in its place, with room for all.
                let full = mem::replace(&mut batch, Vec::with_capacity(100));
                tx.send(full).unwrap();
            }
        }
        // What is left is a batch too.
        if !batch.is_empty() {
            tx.send(batch).unwrap();
        }
    });

    for batch in rx {
        println!("{} items, from {} on", batch.len(), batch[0]);
    }
    sender.join().unwrap();
}

// Prints:
// 100 items, from 0 on
// 100 items, from 100 on
// 50 items, from 200 on
