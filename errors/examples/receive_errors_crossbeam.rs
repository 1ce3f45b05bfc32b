//! What receiving from a crossbeam channel can return: a value, nothing yet, too late, or the end.
//!
//! try_recv: value | nothing yet | end;  recv_timeout, recv_deadline: value | too late | end
//!
//! Next: `src/deadline.rs` limits a whole loop of receives, with one import changed.

use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError, unbounded};
use std::time::Duration;

fn look(rx: &Receiver<i32>) {
    match rx.try_recv() {
        Ok(n) => println!("try_recv: {n}"),
        Err(TryRecvError::Empty) => println!("try_recv: nothing yet"),
        Err(TryRecvError::Disconnected) => println!("try_recv: the end"),
    }
    match rx.recv_timeout(Duration::from_millis(50)) {
        Ok(n) => println!("recv_timeout: {n}"),
        Err(RecvTimeoutError::Timeout) => println!("recv_timeout: too late"),
        Err(RecvTimeoutError::Disconnected) => println!("recv_timeout: the end"),
    }
}

fn main() {
    let (tx, rx) = unbounded();
    look(&rx);

    tx.send(1).unwrap();
    tx.send(2).unwrap();
    // What is queued is still delivered, though its sender is gone.
    drop(tx);
    look(&rx);

    look(&rx);
}

// Prints:
// try_recv: nothing yet
// recv_timeout: too late
// try_recv: 1
// recv_timeout: 2
// try_recv: the end
// recv_timeout: the end
