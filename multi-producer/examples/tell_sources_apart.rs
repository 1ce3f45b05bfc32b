//! Tell sources apart: each message says where it comes from, and when its source has ended.
//!
//! indoor, outdoor -> [(name, event)] -> main
//!
//! Next: `src/merge.rs` merges any inputs with a bound; let each item carry its name, as here.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

enum Event {
    Reading(i32),
    End,
}

fn main() {
    let (tx, rx) = mpsc::channel();

    for (name, readings) in [("indoor", [20, 21, 22]), ("outdoor", [9, 8, 7])] {
        let tx = tx.clone();
        thread::spawn(move || {
            for degrees in readings {
                tx.send((name, Event::Reading(degrees))).unwrap();
            }
            tx.send((name, Event::End)).unwrap();
        });
    }
    drop(tx); // The original: the loop below ends when the last sender is gone.

    let mut totals = BTreeMap::new();
    for (name, event) in rx {
        match event {
            Event::Reading(degrees) => *totals.entry(name).or_insert(0) += degrees,
            Event::End => println!("{name} has ended, its total is {}", totals[name]),
        }
    }
    println!("{totals:?}");
}

// Prints, in any order:
// indoor has ended, its total is 63
// outdoor has ended, its total is 24
// {"indoor": 63, "outdoor": 24}
