//! Ctrl-C and SIGTERM as a message: it is time to end. A later one ends the process at once.
//!
//! first signal -> thread -> [one message] -> select; a later one -> handler -> exit
//!
//! Use it in a program for Unix that has something to finish. Not in a library: handlers belong to
//! the whole process. For a signal that may come again, such as SIGHUP: `reload.rs`.
//!
//! - The first signal is one message, its number, which waits in the channel.
//! - Others within a grace are the same wish: `timeout` signals a process, and then its group.
//! - After the grace the channel is disconnected, and a signal ends the process, even one that
//!   hangs, with 128 + its number. So it does after `listen` has failed, and after the drop.
//! - A signal is heard even where the process was started to ignore it, as by `nohup` or `&`.
//! - Dropping the listener ends its thread, after what is left of the grace.
//! - A terminal sends Ctrl-C to children, too: one that is to finish needs a group of its own.
//!
//! In short: `examples/ctrl_c_as_a_message.rs` · Tests: `tests/signals.rs`
//! Needs: crossbeam-channel 0.5.17, signal-hook 0.4.3

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, after, bounded};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

/// Listens for `kinds` of signals, mostly `SIGINT` (Ctrl-C), `SIGTERM` and `SIGHUP` (the terminal
/// is closed; not where `nohup` is to be honoured). A `grace` of 200 ms is more than wrappers take,
/// and less than people do; the drop waits for it. Listen for a kind once in a process.
///
/// # Errors
///
/// When the system refuses a handler, a socket or a thread.
///
/// # Panics
///
/// When `kinds` holds a signal that cannot be handled, such as `SIGKILL`.
///
/// # Example
///
/// ```
/// use signal_hook::consts::{SIGINT, SIGTERM};
///
/// let grace = std::time::Duration::from_millis(200);
/// let listener = select_shutdown::signals::listen(&[SIGINT, SIGTERM], grace)?;
/// signal_hook::low_level::raise(SIGTERM)?; // As `kill` would.
/// assert_eq!(listener.receiver().recv(), Ok(SIGTERM)); // In a `select!`, beside the work.
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn listen(kinds: &[i32], grace: Duration) -> io::Result<Listener> {
    // Armed until it listens: no signal is swallowed meanwhile, nor after an error.
    let armed = Arc::new(AtomicBool::new(true));
    for &kind in kinds {
        // Wrapping, so that a number that is no signal gets as far as to be refused.
        flag::register_conditional_shutdown(kind, kind.wrapping_add(128), Arc::clone(&armed))?;
    }
    let mut signals = Signals::new(kinds)?;
    let handle = signals.handle();
    let (signal_tx, signal_rx) = bounded(1);
    let rearm = Arc::clone(&armed);
    let thread = Builder::new().name("signals".into()).spawn(move || {
        // `None` when the listener is dropped, even where a signal has come just before.
        let heard = signals.forever().next();
        if let Some(signal) = heard.or_else(|| signals.pending().next()) {
            // There is room. Fails when all receivers are gone, and then nobody wants to know.
            let _ = signal_tx.send(signal);
            let _ = after(grace).recv(); // Never fails.
        }
        rearm.store(true, SeqCst);
        signals
    })?;
    armed.store(false, SeqCst);
    Ok(Listener {
        signal_rx,
        handle,
        thread: Some(thread),
    })
}

/// Listens until it is dropped: keep it until all is done.
#[derive(Debug)]
#[must_use = "dropped, it no longer listens"]
pub struct Listener {
    signal_rx: Receiver<i32>,
    handle: Handle,
    /// Returns the reading end of a socket, which must outlive the last write: `Handle::close`, or
    /// a handler. Else that raises SIGPIPE, which ends some processes.
    thread: Option<JoinHandle<Signals>>,
}

impl Listener {
    /// Where the number of the first signal arrives.
    pub fn receiver(&self) -> &Receiver<i32> {
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
