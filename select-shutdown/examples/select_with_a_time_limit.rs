//! Select with a time limit: one for each pause, and one for the whole loop.
//!
//! messages, time is over, nothing comes -> select! -> main
//!
//! Next: `../errors/src/deadline.rs` has both limits, and says how the loop ended.

use crossbeam_channel::{after, select, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    for pause in [20, 600] {
        let (tx, rx) = unbounded();
        thread::spawn(move || {
            // Ends when the receiver is gone.
            while tx.send(pause).is_ok() {
                thread::sleep(Duration::from_millis(pause));
            }
        });

        // Made before the loop. Made in it, the limit would start anew with each message.
        let over = after(Duration::from_millis(700));
        let end = loop {
            select! {
                recv(rx) -> message => match message {
                    Ok(_) => {}
                    Err(_) => break "the sender is gone",
                },
                recv(over) -> _ => break "the time is over",
                default(Duration::from_millis(300)) => break "nothing for 300 ms",
            }
        };
        println!("pauses of {pause} ms: {end}");
    }
}

// Prints:
// pauses of 20 ms: the time is over
// pauses of 600 ms: nothing for 300 ms
