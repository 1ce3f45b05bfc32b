//! Several readers without a copy: each gets every buffer, and each buffer exists once.
//!
//! buffer -> an Arc in each reader's queue -> reader 0, reader 1
//!
//! Next: `src/shared.rs` gathers results; `../multi-producer/src/broadcast.rs` has subscribers.

use std::sync::{Arc, mpsc};
use std::thread;

fn main() {
    let mut queues = Vec::new();
    let mut readers = Vec::new();
    for number in 0..2 {
        // A queue for each: readers that share one would each get only some of the buffers.
        let (tx, rx) = mpsc::channel::<Arc<Vec<u8>>>();
        queues.push(tx);
        readers.push(thread::spawn(move || {
            let bytes: usize = rx.iter().map(|buffer| buffer.len()).sum();
            println!("reader {number} has read {bytes} bytes");
        }));
    }

    for _ in 0..3 {
        let buffer = Arc::new(vec![0; 1_000_000]);
        for tx in &queues {
            tx.send(Arc::clone(&buffer)).unwrap();
        }
        // The memory goes when the last reader has dropped its handle.
    }

    drop(queues); // The readers' loops end.
    for reader in readers {
        reader.join().unwrap();
    }
}

// Prints, in any order:
// reader 0 has read 3000000 bytes
// reader 1 has read 3000000 bytes
