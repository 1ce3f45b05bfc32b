//! Send from a callback: code that is not async hands messages to a task.
//!
//! library's thread: on_event(event) -> try_send -> [queue] -> task
//!
//! Next: `src/bridge.rs` connects a thread that may wait with a task, in both directions.

use std::thread;
use tokio::sync::mpsc::{self, error::TrySendError};

// Stands for a library that calls you back from a thread of its own.
fn listen(on_event: impl FnMut(i32) + Send + 'static) {
    let library = thread::spawn(move || (1..=5).for_each(on_event));
    library.join().unwrap(); // Only so that this program always prints the same.
}

#[tokio::main]
async fn main() {
    let (event_tx, mut event_rx) = mpsc::channel(3);

    listen(move |event| {
        // There is no `.await` in a callback, and it must not block: it may run on a thread of the
        // runtime. An unbounded channel needs no choice here, and has no limit either.
        match event_tx.try_send(event) {
            Ok(()) => {}
            Err(TrySendError::Full(event)) => {
                println!("event {event} is dropped: the queue is full");
            }
            Err(TrySendError::Closed(_)) => println!("nobody listens"),
        }
    });

    while let Some(event) = event_rx.recv().await {
        println!("event {event}");
    }
}

// Prints:
// event 4 is dropped: the queue is full
// event 5 is dropped: the queue is full
// event 1
// event 2
// event 3
