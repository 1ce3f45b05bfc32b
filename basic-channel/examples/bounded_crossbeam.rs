//! A bounded crossbeam channel: see that it is full, try to send, or wait for room with a limit.
//!
//! main -> [5 places] -> thread
//!
//! Next: `src/back_pressure.rs` lets you choose: wait, drop a message, or get it back.

use crossbeam_channel::bounded;
use std::thread;
use std::time::Duration;

fn main() {
    let (tx, rx) = bounded(5);

    for n in 1..=5 {
        tx.send(n).unwrap();
    }
    println!("{} messages wait: full is {}", tx.len(), tx.is_full());

    // Nobody receives yet, so a sixth `send` would wait forever. These two give it back.
    let full = tx.try_send(6).unwrap_err();
    println!("try_send: {full}, and {} came back", full.into_inner());
    let late = tx.send_timeout(6, Duration::from_millis(50)).unwrap_err();
    println!("send_timeout: {late}, and {} came back", late.into_inner());

    let receiver = thread::spawn(move || rx.iter().collect::<Vec<i32>>());
    for n in 6..=10 {
        tx.send(n).unwrap(); // Waits while there is no room.
    }
    // The receiver collects until the last sender is gone.
    drop(tx);
    println!("received {:?}", receiver.join().unwrap());
}

// Prints:
// 5 messages wait: full is true
// try_send: sending on a full channel, and 6 came back
// send_timeout: timed out waiting on send operation, and 6 came back
// received [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
