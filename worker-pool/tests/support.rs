//! What the tests of several patterns need.

use std::panic::panic_any;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

/// A job that tells when it has begun, and ends when its key is dropped.
pub(crate) fn gate() -> (Sender<()>, Receiver<()>, impl FnOnce() + Send + 'static) {
    let (begun_tx, begun_rx) = channel();
    let (key_tx, key_rx) = channel();
    let job = move || {
        // Fails where the test does not want to know.
        let _ = begun_tx.send(());
        assert!(key_rx.recv().is_err(), "nothing is sent");
    };
    (key_tx, begun_rx, job)
}

/// Panics when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic_any("dropped");
        }
    }
}
