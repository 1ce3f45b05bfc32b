//! Many to many: several threads send, several receive, and each message goes to one of them.
//!
//! 3 senders -> [channel] -> 2 workers, whichever is free
//!
//! Next: `src/mpmc.rs` does this with a bound, and tells you when a worker has panicked.

use crossbeam_channel::unbounded;
use std::thread;

fn main() {
    let (tx, rx) = unbounded();

    let senders: Vec<_> = (1..=3)
        .map(|n| {
            let tx = tx.clone();
            thread::spawn(move || tx.send(n).unwrap())
        })
        .collect();

    let workers: Vec<_> = ["left", "right"]
        .into_iter()
        .map(|name| {
            let rx = rx.clone(); // Each message goes to whichever worker is free first.
            thread::spawn(move || {
                for n in rx {
                    println!("the {name} worker got {n}");
                }
            })
        })
        .collect();

    // The workers' loops end when the last sender is gone: the clones go with their threads.
    drop(tx);

    // Wait for the work itself. A sleep would be too short or too long.
    for thread in senders.into_iter().chain(workers) {
        thread.join().unwrap();
    }
}

// Prints, in any order:
// the … worker got 1
// the … worker got 2
// the … worker got 3
