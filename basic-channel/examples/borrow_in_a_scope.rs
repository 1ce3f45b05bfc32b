//! Borrow in a scope: threads that use a local variable, without `Arc` and without a clone.
//!
//! text -> &text to each thread -> results, and text is still ours
//!
//! Next: `../worker-pool/src/scoped.rs` runs any number of jobs that borrow.

use std::thread;

fn main() {
    let text = String::from("one two three\nfour five\n");

    // `thread::spawn` refuses `&text` (E0373, or E0597 with `move`): its thread may outlive `text`.
    // The scope joins all its threads before it returns, so they may borrow.
    let (lines, words) = thread::scope(|scope| {
        let lines = scope.spawn(|| text.lines().count());
        let words = scope.spawn(|| text.split_whitespace().count());
        (lines.join().unwrap(), words.join().unwrap())
    });

    println!("{lines} lines, {words} words in {} bytes", text.len());
}

// Prints:
// 2 lines, 5 words in 24 bytes
