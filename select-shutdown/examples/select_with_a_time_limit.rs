//! Select with a time limit: one for each pause, and one for the whole loop.
//!
//! messages, time is over, nothing comes -> select! -> main
//!
//! Next: `src/ticker.rs` has both, and work at regular intervals.

use crossbeam_channel::{after, select, unbounded};
use std::thread;
use std::time::Duration;

fn main() {
    for pause in [20, 400] {
        let (tx, rx) = unbounded();
        thread::spawn(move || {
            // Ends when the receiver is gone.
            while tx.send(pause).is_ok() {
                thread::sleep(Duration::from_millis(pause));
            }
        });

        // Made before the loop. Made in it, the limit would start anew with each message.
        let over = after(Duration::from_millis(500));
        loop {
            select! {
                recv(rx) -> message => match message {
                    Ok(_) => {}
                    Err(_) => break println!("the sender is gone"),
                },
                recv(over) -> _ => break println!("pauses of {pause} ms: the time is over"),
                default(Duration::from_millis(200)) => {
                    break println!("pauses of {pause} ms: nothing for 200 ms");
                }
            }
        }
    }
}

// Prints:
// pauses of 20 ms: the time is over
// pauses of 400 ms: nothing for 200 ms
