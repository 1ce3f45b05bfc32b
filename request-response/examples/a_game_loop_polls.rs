//! A game loop polls: each frame takes all that has come since the last one, and never waits.
//!
//! input thread -> [events] -> try_recv until none waits -> draw
//!
//! Next: `../select-shutdown/src/ticker.rs` keeps frames on a schedule.

use std::sync::mpsc::{self, TryRecvError};
use std::thread;
use std::time::Duration;

fn main() {
    let (event_tx, event_rx) = mpsc::channel();
    let player = thread::spawn(move || {
        for key in ["up", "up", "left", "fire", "right"] {
            event_tx.send(key).unwrap();
            thread::sleep(Duration::from_millis(30));
        }
    });

    'frames: for frame in 1.. {
        // Takes all that wait, not one: with one event a frame, the queue would grow.
        loop {
            match event_rx.try_recv() {
                Ok(key) => println!("{key}"),
                Err(TryRecvError::Empty) => break,
                // `for key in event_rx.try_iter()` is shorter, and does not see this end.
                Err(TryRecvError::Disconnected) => {
                    println!("the player left in frame {frame}");
                    break 'frames;
                }
            }
        }
        thread::sleep(Duration::from_millis(16)); // Stands for drawing.
    }
    player.join().unwrap();
}

// Prints:
// up
// up
// left
// fire
// right
// the player left in frame …
