//! An enum of messages: several kinds through one channel, in the order in which they were sent.
//!
//! main -> [Say | Add] -> thread
//!
//! Next: `src/owned.rs` does this with data of any size, and an account at the end.

use std::sync::mpsc;
use std::thread;

enum Message {
    Say(String),
    Add { a: i32, b: i32 },
}

fn main() {
    // One channel. With a channel for each kind, a message could overtake one sent before it.
    let (tx, rx) = mpsc::channel();

    let receiver = thread::spawn(move || {
        for message in rx {
            // Whoever adds a kind is told by the compiler that it is not handled here.
            match message {
                Message::Say(text) => println!("{text}"),
                Message::Add { a, b } => println!("{a} + {b} = {}", a + b),
            }
        }
    });

    tx.send(Message::Say("let us add".into())).unwrap();
    tx.send(Message::Add { a: 2, b: 3 }).unwrap();
    // There is no `Quit` message: the end of the channel says it.
    drop(tx);
    receiver.join().unwrap();
}

// Prints:
// let us add
// 2 + 3 = 5
