//! Send a struct: the whole of it moves, and nothing is copied but a few machine words.
//!
//! thread -> Task { id, payload } -> main
//!
//! Next: `src/owned.rs` sends several kinds of message, each with its own data.

use std::sync::mpsc;
use std::thread;

#[derive(Debug)]
struct Task {
    id: usize,
    payload: Vec<u8>,
}

fn main() {
    let (tx, rx) = mpsc::channel();

    let sender = thread::spawn(move || {
        let task = Task {
            id: 1,
            payload: vec![1, 2, 3, 4],
        };
        tx.send(task).unwrap();
        // `task` has moved, and its payload with it: the bytes stay where they are.
    });

    let task: Task = rx.recv().unwrap();
    println!("received {task:?}");
    println!("task {} has {} bytes", task.id, task.payload.len());
    sender.join().unwrap();
}

// Prints:
// received Task { id: 1, payload: [1, 2, 3, 4] }
// task 1 has 4 bytes
