//! rayon in one line: `par_iter` for `iter`, when all items are in memory.
//!
//! items -> par_iter -> all processors -> result, in the order of the items
//!
//! Next: `src/with_rayon.rs` is this as a function, and does the same for any iterator.

use rayon::prelude::*;

fn main() {
    let numbers: Vec<u64> = (1..=100).collect();

    let sum: u64 = numbers.par_iter().map(|n| n * n).sum();
    println!("{sum}");

    // `collect` keeps the order of the items. `par_bridge`, for any iterator, does not.
    let squares: Vec<u64> = numbers.par_iter().map(|n| n * n).collect();
    println!("{:?} …", &squares[..5]);

    // The work must not wait (for a channel, a lock, the network): its thread is missing meanwhile.
}

// Prints:
// 338350
// [1, 4, 9, 16, 25] …
