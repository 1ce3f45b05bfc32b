//! Blocking code beside tasks: give it a thread that may wait; `blocking_send` reaches a task.
//!
//! task -> spawn_blocking(f) -> result;  thread: blocking_send -> [queue] -> task
//!
//! Next: `src/bridge.rs` does this for any iterator that blocks; `src/cpu.rs` is for computing.

use std::thread;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

#[tokio::main]
async fn main() {
    // Called directly, it would hold up its thread of the runtime, and all tasks on it.
    let size = spawn_blocking(|| {
        thread::sleep(Duration::from_millis(50)); // Stands for a read of a disk.
        4096
    });
    println!("read {} bytes", size.await.unwrap());

    // Code that blocks for as long as the program runs gets a thread of its own: `spawn_blocking`
    // has a limited number of them, and waits for them when the runtime ends.
    let (line_tx, mut line_rx) = mpsc::channel(1);
    let reader = thread::spawn(move || {
        for n in 1..=3 {
            // Waits for room. In a task it would panic: there it is `send(..).await`.
            if line_tx.blocking_send(format!("line {n}")).is_err() {
                break; // The receiver is gone.
            }
        }
    });
    while let Some(line) = line_rx.recv().await {
        println!("{line}");
    }
    reader.join().unwrap(); // Waits next to nothing: its sender is gone, so it is about to end.
}

// Prints:
// read 4096 bytes
// line 1
// line 2
// line 3
