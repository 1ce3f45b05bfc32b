//! Return a value from a thread: `join` waits for the end and gives you the result.
//!
//! thread -> return value, or panic -> join
//!
//! Next: `../errors/src/failure.rs` makes one `Result` of a thread's error and its panic.

use std::thread;

fn main() {
    let sum = thread::spawn(|| (1..=100).sum::<i32>());
    println!("the sum is {}", sum.join().unwrap());

    // A thread that panics does not end the program: its panic is the `Err` of `join`.
    let parse = thread::spawn(|| "12x".parse::<i32>().expect("a number"));
    match parse.join() {
        Ok(number) => println!("the number is {number}"),
        Err(panic) => match panic.downcast_ref::<String>() {
            Some(message) => println!("the thread panicked: {message}"),
            None => println!("the thread panicked"), // `panic!("text")` holds a `&str`.
        },
    }
}

// Prints:
// the sum is 5050
// the thread panicked: a number: ParseIntError { kind: InvalidDigit }
