//! A channel for each subscriber: every one of them gets every message.
//!
//! main -> a queue for each -> alice, bob
//!
//! Next: `src/broadcast.rs` lets a subscriber choose: publisher waits, news is missed, or cut off.

use std::sync::mpsc;
use std::thread;

fn main() {
    let mut subscribers = Vec::new();
    let mut threads = Vec::new();
    for name in ["alice", "bob"] {
        let (tx, rx) = mpsc::channel();
        subscribers.push(tx);
        threads.push(thread::spawn(move || {
            for news in rx {
                println!("{name} reads {news:?}");
            }
        }));
    }

    for news in ["rain", "sun"] {
        // Subscribers that have left are taken off the list.
        subscribers.retain(|tx| tx.send(news.to_string()).is_ok());
    }

    // The subscribers read until their senders are gone.
    drop(subscribers);
    for thread in threads {
        thread.join().unwrap();
    }
}

// Prints, in any order:
// alice reads "rain"
// alice reads "sun"
// bob reads "rain"
// bob reads "sun"
