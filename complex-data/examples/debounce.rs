//! Debounce: act once when the messages pause, on the last of them.
//!
//! keys -> [channel] -> wait for a pause of 250 ms -> search
//!
//! Next: `src/batcher.rs` gathers all messages, and lets none wait for longer than a limit.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

const PAUSE: Duration = Duration::from_millis(250);

fn main() {
    let (tx, rx) = mpsc::channel();
    let typist = thread::spawn(move || {
        for word in ["channel", "mutex"] {
            for end in 1..=word.len() {
                tx.send(&word[..end]).unwrap();
            }
            thread::sleep(2 * PAUSE);
        }
    });

    // Waits for the first key without a limit, then for as long as keys keep coming. Where they may
    // never pause, set a deadline as well.
    while let Ok(mut text) = rx.recv() {
        while let Ok(longer) = rx.recv_timeout(PAUSE) {
            text = longer;
        }
        println!("search for {text:?}");
    }
    typist.join().unwrap();
}

// Prints:
// search for "channel"
// search for "mutex"
