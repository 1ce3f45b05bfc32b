//! All results of all threads: which succeeded, which failed, which panicked.
//!
//! 4 threads -> join each -> Ok | Err | panic
//!
//! Next: `src/failure.rs` names the two kinds of failure; `src/first_error.rs` stops at one.

use std::thread;

fn main() {
    let threads: Vec<_> = ["7", "x", "0", "5"]
        .into_iter()
        .map(|text| thread::spawn(move || text.parse::<i32>().map(|n| 100 / n)))
        .collect();

    // Joins all before it looks at any. `collect::<Result<Vec<_>, _>>` would stop at the first
    // error, and leave the others running.
    let ends: Vec<_> = threads.into_iter().map(thread::JoinHandle::join).collect();

    for (number, end) in ends.into_iter().enumerate() {
        match end {
            Ok(Ok(quotient)) => println!("thread {number}: {quotient}"),
            Ok(Err(error)) => println!("thread {number} failed: {error}"),
            Err(_) => println!("thread {number} panicked"),
        }
    }
}

// Prints:
// thread 0: 14
// thread 1 failed: invalid digit found in string
// thread 2 panicked
// thread 3: 20
