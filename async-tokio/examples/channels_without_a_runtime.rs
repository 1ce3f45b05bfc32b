//! Channels without a runtime: tokio's channels work on plain threads, except for the timed calls.
//!
//! thread: blocking_send -> [queue] -> main: blocking_recv
//!
//! Next: `src/bridge.rs` has a thread at one end of the channel, and a task at the other.

use std::thread;
use tokio::sync::{mpsc, oneshot};

fn main() {
    // No `#[tokio::main]`, and no runtime anywhere.
    let (request_tx, mut request_rx) = mpsc::channel::<(i32, oneshot::Sender<i32>)>(4);

    let server = thread::spawn(move || {
        while let Some((n, reply_tx)) = request_rx.blocking_recv() {
            let _ = reply_tx.send(n * n); // Never waits. Fails when the caller has given up.
        }
    });

    for n in 1..=3 {
        let (reply_tx, reply_rx) = oneshot::channel();
        request_tx.blocking_send((n, reply_tx)).unwrap();
        println!("{n} squared is {}", reply_rx.blocking_recv().unwrap());
    }

    drop(request_tx); // The server's loop ends.
    server.join().unwrap();
    // `sleep` and `timeout` would panic here, and `send_timeout` when polled: they need a timer.
}

// Prints:
// 1 squared is 1
// 2 squared is 4
// 3 squared is 9
