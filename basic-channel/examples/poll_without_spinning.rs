//! Poll without spinning: do something else now and then while you wait for messages.
//!
//! thread -> [channel] -> recv_timeout: a message, or time to look around
//!
//! Next: `../select-shutdown/src/ticker.rs` keeps a schedule beside the messages.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

fn main() {
    let (tx, rx) = mpsc::channel();
    let sender = thread::spawn(move || {
        for part in 1..=3 {
            thread::sleep(Duration::from_millis(100));
            tx.send(part).unwrap();
        }
    });

    let mut looks = 0;
    loop {
        // `try_recv` here would return at once each time, and keep one core busy with nothing.
        match rx.recv_timeout(Duration::from_millis(20)) {
            Ok(part) => println!("received part {part}"),
            Err(RecvTimeoutError::Timeout) => looks += 1,
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    println!("looked around {looks} times meanwhile");
    sender.join().unwrap();
}

// Prints:
// received part 1
// received part 2
// received part 3
// looked around … times meanwhile
