//! Wait for all threads: start every one of them, then join them in turn.
//!
//! 4 threads at once -> join, join, join, join
//!
//! Next: `../errors/src/failure.rs` makes one `Result` of a thread's error and its panic.

use std::thread;
use std::time::{Duration, Instant};

fn main() {
    let start = Instant::now();

    // `collect` starts them all. `map` alone is lazy: `.map(spawn).map(join)` would start each
    // thread only after the one before it has ended.
    let threads: Vec<_> = (1..=4)
        .map(|n| {
            thread::spawn(move || {
                thread::sleep(Duration::from_millis(100)); // Stands for work.
                n * n
            })
        })
        .collect();

    let squares: Vec<i32> = threads
        .into_iter()
        .map(|thread| thread.join().unwrap())
        .collect();
    println!("{squares:?} after {} ms", start.elapsed().as_millis());
}

// Prints:
// [1, 4, 9, 16] after … ms
