//! Keep a clone: send one copy and go on with the other.
//!
//! thread keeps message, sends message.clone() -> main
//!
//! Next: `src/cloned.rs` sends checkpoints of a state that goes on changing.

use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();

    let sender = thread::spawn(move || {
        let mut message = String::from("hello");
        tx.send(message.clone()).unwrap();
        // Ours is another string: what happens to it changes nothing for the receiver.
        message.push_str(", still here");
        message
    });

    let kept = sender.join().unwrap();
    println!("received {:?}, kept {kept:?}", rx.recv().unwrap());
}

// Prints:
// received "hello", kept "hello, still here"
