//! What receiving can return: a value, nothing yet, too late, or the end.
//!
//! recv: value | end;  try_recv: value | nothing yet | end;  recv_timeout: value | too late | end
//!
//! Next: `src/deadline.rs` limits a whole loop of receives.

use std::sync::mpsc;
use std::time::Duration;

fn main() {
    let (tx, rx) = mpsc::channel();
    tx.send(1).unwrap();
    println!("recv:         {:?}", rx.recv());

    // Nothing is queued now. `recv` would wait forever: the only sender is in this very function.
    println!("try_recv:     {:?}", rx.try_recv());
    let limit = Duration::from_millis(50);
    println!("recv_timeout: {:?}", rx.recv_timeout(limit));

    // What was queued before the last sender went is still delivered. Then comes the end, at once.
    tx.send(2).unwrap();
    drop(tx);
    println!("recv:         {:?}", rx.recv());
    println!("recv:         {:?}", rx.recv());
    println!("try_recv:     {:?}", rx.try_recv());
    println!("recv_timeout: {:?}", rx.recv_timeout(limit));
}

// Prints:
// recv:         Ok(1)
// try_recv:     Err(Empty)
// recv_timeout: Err(Timeout)
// recv:         Ok(2)
// recv:         Err(RecvError)
// try_recv:     Err(Disconnected)
// recv_timeout: Err(Disconnected)
