//! A reply channel: each request carries the sender for its own answer.
//!
//! main -> [(request, reply_tx)] -> server -> [reply] -> main
//!
//! Next: `src/actor.rs` gives each kind of request its own type of reply.

use std::sync::mpsc;
use std::thread;

fn main() {
    let (request_tx, request_rx) = mpsc::channel::<(u32, mpsc::Sender<String>)>();

    let server = thread::spawn(move || {
        for (number, reply_tx) in request_rx {
            let reply = format!("{number} squared is {}", number * number);
            // A caller that gave up has dropped its receiver. That is no reason for the server to
            // panic, as `unwrap` would.
            if reply_tx.send(reply).is_err() {
                println!("nobody waits for the answer to {number}");
            }
        }
    });

    // No request number to compare: what comes through this channel answers this request.
    let (reply_tx, reply_rx) = mpsc::channel();
    request_tx.send((7, reply_tx)).unwrap();
    println!("{}", reply_rx.recv().unwrap());

    let (reply_tx, reply_rx) = mpsc::channel();
    drop(reply_rx); // This caller gives up.
    request_tx.send((8, reply_tx)).unwrap();

    drop(request_tx); // The server's loop ends.
    server.join().unwrap();
}

// Prints:
// 7 squared is 49
// nobody waits for the answer to 8
