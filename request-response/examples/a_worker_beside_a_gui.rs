//! A worker beside a GUI: the window never waits for it, the worker wakes the window.
//!
//! window -> [request] -> worker -> [reply], then wake -> window draws a frame
//!
//! Next: `src/pipelined.rs` has many requests in flight, and replies in any order.

use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::Duration;

fn main() {
    let (request_tx, request_rx) = mpsc::channel::<u64>();
    let (reply_tx, reply_rx) = mpsc::channel();
    let window = thread::current(); // In egui a clone of its `Context`; in winit, an event proxy.

    let worker = thread::spawn(move || {
        for number in request_rx {
            thread::sleep(Duration::from_millis(100)); // Stands for work.
            if reply_tx.send(number * number).is_err() {
                break; // The window is closed.
            }
            // Send first, then wake: a frame drawn in between would find no reply, and sleep on.
            window.unpark(); // `context.request_repaint()`
        }
    });

    request_tx.send(12).unwrap(); // As when a button is pressed.
    loop {
        // One frame. Never `recv` in here: the window would freeze until the reply comes.
        match reply_rx.try_recv() {
            Ok(square) => {
                println!("frame: {square}");
                break;
            }
            Err(TryRecvError::Empty) => println!("frame: please wait"),
            Err(TryRecvError::Disconnected) => panic!("the worker has failed"),
        }
        // The window sleeps until something happens: input, the wake above, or the next blink.
        thread::park_timeout(Duration::from_millis(500));
    }

    drop(request_tx); // The worker's loop ends.
    worker.join().unwrap();
}

// Prints:
// …
// frame: 144
