//! Jobs that borrow: workers within a scope read the caller's data, without `Arc` or clones.
//!
//! lines -> [&line] -> 2 workers -> longest -> main, and lines are still ours
//!
//! Next: `src/scoped.rs` runs any closures this way; one that panics stops no other.

use crossbeam_channel::unbounded;
use std::thread;

fn main() {
    let text = String::from("a rose\nis a rose\nis\na rose");
    let (line_tx, line_rx) = unbounded();

    let longest = thread::scope(|scope| {
        let workers: Vec<_> = (0..2)
            .map(|_| {
                let line_rx = line_rx.clone();
                // Returns the longest line that this worker has seen: a slice of `text`.
                scope.spawn(move || line_rx.iter().max_by_key(|line: &&str| line.len()))
            })
            .collect();

        for line in text.lines() {
            line_tx.send(line).unwrap();
        }
        // Inside the scope: it waits for the workers, and they wait for more lines until now.
        drop(line_tx);

        let longest = workers
            .into_iter()
            .filter_map(|worker| worker.join().unwrap());
        longest.max_by_key(|line| line.len())
    });

    println!("the longest line is {:?}", longest.unwrap());
    println!("the text is still ours: {} bytes", text.len());
}

// Prints:
// the longest line is "is a rose"
// the text is still ours: 26 bytes
