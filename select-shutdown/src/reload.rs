//! A signal that may come again, as a message: mostly SIGHUP, on which a daemon reads its
//! configuration anew.
//!
//! signal -> thread -> [one message] -> select
//!
//! Use it in a program for Unix, beside `signals.rs`, which is for signals that end the program.
//! Not in a library: handlers belong to the whole process.
//!
//! - Each signal is a message. Signals that come before it is received share it: what is read
//!   afterwards is new to all of them. A later signal is a new message.
//! - Dropping the listener ends its thread. From then on, the signal does nothing.
//!
//! Tests: `tests/reload.rs`
//! Needs: crossbeam-channel 0.5.17, signal-hook 0.4.3

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::{Builder, JoinHandle};

use crossbeam_channel::{Receiver, bounded};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

/// Listens for signals of this `kind`.
///
/// # Errors
///
/// When the system refuses the handler, a socket or a thread. From then on, the signal does
/// nothing.
///
/// # Panics
///
/// When `kind` cannot be handled, such as `SIGKILL`.
///
/// # Example
///
/// ```
/// use signal_hook::consts::SIGHUP;
///
/// let listener = select_shutdown::reload::listen(SIGHUP)?;
/// for _ in 0..2 {
///     signal_hook::low_level::raise(SIGHUP)?; // As `kill` would.
///     listener.receiver().recv().expect("it listens"); // In a `select!`, beside the work.
///     println!("read the configuration");
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn listen(kind: i32) -> io::Result<Listener> {
    // First, since it refuses nonsense without harm: `Signals` would panic twice, and so abort.
    flag::register(kind, Arc::new(AtomicBool::default()))?;
    let mut signals = Signals::new([kind])?;
    let handle = signals.handle();
    let (signal_tx, signal_rx) = bounded(1);
    let thread = Builder::new().name("reload".into()).spawn(move || {
        for _ in signals.forever() {
            // Fails when a message waits already, or all receivers are gone.
            let _ = signal_tx.try_send(());
        }
        signals
    })?;
    Ok(Listener {
        signal_rx,
        handle,
        thread: Some(thread),
    })
}

/// Listens until it is dropped.
#[derive(Debug)]
#[must_use = "dropped, it no longer listens"]
pub struct Listener {
    signal_rx: Receiver<()>,
    handle: Handle,
    /// Returns the reading end of a socket, which must outlive the last write, in `Handle::close`.
    /// Else that raises SIGPIPE, which ends some processes.
    thread: Option<JoinHandle<Signals>>,
}

impl Listener {
    /// Where a message says that the signal has come.
    pub fn receiver(&self) -> &Receiver<()> {
        &self.signal_rx
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.handle.close();
        // It does nothing that panics; if it did, `drop` should not do so too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
