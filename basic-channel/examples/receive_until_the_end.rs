//! Receive until the end: a thread sends words at its own pace, and main takes each as it comes.
//!
//! thread -> [word, word, …] -> main
//!
//! Next: `src/stream.rs` does this with a bound, and passes on a panic of the sender.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

fn main() {
    let (tx, rx) = mpsc::channel();

    let sender = thread::spawn(move || {
        for word in ["thread", "message", "passing"] {
            tx.send(word.to_string()).unwrap();
            thread::sleep(Duration::from_millis(100));
        }
        // The thread ends here and drops `tx`, the only sender: that ends the loop below.
    });

    for word in rx {
        println!("received {word:?}");
    }
    println!("the sender is gone");

    // A sender that panics ends the loop too. Only `join` tells the two ends apart.
    sender.join().unwrap();
}

// Prints:
// received "thread"
// received "message"
// received "passing"
// the sender is gone
