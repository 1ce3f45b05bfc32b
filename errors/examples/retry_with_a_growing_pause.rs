//! Retry with a growing pause: try again after 10, 20, 40 ms …, and stop when told.
//!
//! call -> error -> pause, or stop -> call -> … -> value, or given up
//!
//! Next: `src/retry.rs` is this for any operation, with a random part in each pause.

use std::io::{Error, ErrorKind};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

// Stands for a server that answers the fourth call.
fn call(attempt: u32) -> Result<&'static str, Error> {
    if attempt < 4 {
        Err(ErrorKind::ConnectionRefused.into())
    } else {
        Ok("welcome")
    }
}

fn main() {
    let (stop_tx, stop_rx) = mpsc::channel::<()>();

    let client = thread::spawn(move || {
        for (attempt, millis) in (1..).zip([0, 10, 20, 40, 80]) {
            // Not a sleep: dropping the sender ends the pause at once. With many clients, add a
            // random part, or all of them come back at the same moment.
            let pause = Duration::from_millis(millis);
            if stop_rx.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                return "told to stop".to_string();
            }
            match call(attempt) {
                Ok(answer) => return format!("attempt {attempt}: {answer}"),
                Err(error) => println!("attempt {attempt}: {error}"),
            }
        }
        "given up".to_string()
    });

    println!("{}", client.join().unwrap());
    drop(stop_tx); // Earlier, it would have stopped the client.
}

// Prints:
// attempt 1: connection refused
// attempt 2: connection refused
// attempt 3: connection refused
// attempt 4: welcome
