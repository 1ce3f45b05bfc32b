//! Futures that borrow: `spawn` needs `'static`, but what is joined in place does not.
//!
//! text -> &text to several futures -> join! -> text is still ours
//!
//! Next: `src/bounded_concurrency.rs` runs many tasks, and only their items may be borrowed.

use std::sync::Arc;
use tokio::time::{Duration, sleep};

async fn count(text: &str, letter: char) -> usize {
    sleep(Duration::from_millis(50)).await; // Stands for a request.
    text.matches(letter).count()
}

#[tokio::main]
async fn main() {
    let text = String::from("she sells sea shells");

    // `tokio::spawn(count(&text, 's'))` does not compile: a task may outlive `text`. These two run
    // at the same time within this task, so they may borrow. They never run on two threads. Many:
    // `futures::stream::iter(letters).map(|letter| count(&text, letter)).buffer_unordered(8)`.
    let (s, l) = tokio::join!(count(&text, 's'), count(&text, 'l'));
    println!("{s} times s, {l} times l");

    // To run on other threads, tasks own what they use. `Arc` makes that cheap.
    let text = Arc::new(text);
    let shared = Arc::clone(&text);
    let task = tokio::spawn(async move { count(&shared, 'e').await });
    println!("{} times e in {text:?}", task.await.unwrap());
}

// Prints:
// 6 times s, 4 times l
// 4 times e in "she sells sea shells"
