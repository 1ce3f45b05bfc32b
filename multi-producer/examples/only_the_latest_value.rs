//! Only the latest value: a slow reader skips what it missed, and always sees the last one.
//!
//! fast writer -> slot, overwritten each time -> slow reader
//!
//! Next: `../async-tokio/src/watch.rs` does this for tasks, with any number of readers.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

fn main() {
    // A slot in place of a channel: what nobody has taken is replaced, so nothing piles up.
    let slot = Arc::new((Mutex::new(None), Condvar::new()));
    let writer = Arc::clone(&slot);

    let writer = thread::spawn(move || {
        let (latest, changed) = &*writer;
        for percent in 1..=100 {
            *latest.lock().unwrap() = Some(percent);
            changed.notify_one();
            thread::sleep(Duration::from_millis(3));
        }
    });

    let (latest, changed) = &*slot;
    loop {
        // Sleeps until there is a value. It may wake for no reason, so it looks each time.
        let empty = |value: &mut Option<i32>| value.is_none();
        let mut value = changed.wait_while(latest.lock().unwrap(), empty).unwrap();
        let percent = value.take().unwrap();
        drop(value); // The lock, so that the writer need not wait while we draw.

        println!("{percent} %");
        if percent == 100 {
            break;
        }
        thread::sleep(Duration::from_millis(100)); // Stands for drawing.
    }
    writer.join().unwrap();
}

// Prints:
// …
// 100 %
