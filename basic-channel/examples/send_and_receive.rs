//! Send and receive: a thread sends one string, and main receives it.
//!
//! thread -> [channel] -> main
//!
//! Next: `src/ownership.rs` loses no value: it is received, or it comes back.

use std::sync::mpsc;
use std::thread;

fn main() {
    let (tx, rx) = mpsc::channel();

    let sender = thread::spawn(move || {
        let word = String::from("hello");
        tx.send(word).unwrap();
        // `word` has moved: the receiver owns it now, and using it here does not compile.
    });

    let word = rx.recv().unwrap();
    println!("got {word:?}");
    sender.join().unwrap();
}

// Prints:
// got "hello"
