//! Select over any number of channels: the list is made while the program runs.
//!
//! channel 0, 1, … n -> Select -> (number, message) -> main
//!
//! Next: `src/select.rs` merges sources of different types.

use crossbeam_channel::{Select, unbounded};
use std::thread;

fn main() {
    let mut receivers = Vec::new();
    for name in ["red", "green", "blue"] {
        let (tx, rx) = unbounded();
        receivers.push((name, rx));
        thread::spawn(move || {
            for n in 1..=2 {
                tx.send(n).unwrap();
            }
        });
    }

    // `select!` takes channels named in the source; `Select` takes those added at run time.
    let mut select = Select::new();
    for (_, rx) in &receivers {
        select.recv(rx);
    }

    let mut open = receivers.len();
    while open > 0 {
        let ready = select.select(); // Waits for one that is ready, and says which.
        let number = ready.index();
        let (name, rx) = &receivers[number];
        if let Ok(n) = ready.recv(rx) {
            println!("{name} {n}");
        } else {
            // It has ended, and would be ready each time from now on.
            select.remove(number); // The others keep their numbers.
            open -= 1;
        }
    }
}

// Prints, in any order:
// red 1
// red 2
// green 1
// green 2
// blue 1
// blue 2
