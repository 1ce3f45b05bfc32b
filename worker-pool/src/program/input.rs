//! What comes in while commands run: lines and signals, each as messages.

use std::ffi::OsString;
use std::io::{self, BufRead};
use std::os::unix::ffi::OsStringExt;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;

/// Signals as messages. The first also sets `stopped`, so that no queued job begins; a second, of
/// either kind, ends the process at once.
pub(crate) fn signals(stopped: &Arc<AtomicBool>) -> io::Result<Receiver<i32>> {
    let kinds = [SIGINT, SIGTERM];
    for signal in kinds {
        // In this order: the shutdown must find the flag as the signals before have left it.
        flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stopped))?;
        flag::register(signal, Arc::clone(stopped))?;
    }
    let mut signals = Signals::new(kinds)?;
    let (signal_tx, signal_rx) = bounded(1);
    // Not joined: it waits for signals as long as the process lives.
    thread::Builder::new()
        .name("signals".into())
        .spawn(move || {
            for signal in signals.forever() {
                if signal_tx.send(signal).is_err() {
                    break;
                }
            }
        })?;
    Ok(signal_rx)
}

/// The lines of standard input, byte for byte, up to the first error.
pub(crate) fn read_lines() -> io::Result<Receiver<io::Result<OsString>>> {
    // Enough for the main thread to find one when it has room.
    let (line_tx, line_rx) = bounded(16);
    // Not joined: after a signal it may be blocked in a read, and nothing but the end of the
    // process ends that.
    thread::Builder::new()
        .name("reader".into())
        .spawn(move || {
            for line in io::stdin().lock().split(b'\n') {
                // The next read would fail too, and the one after it, without an end.
                let failed = line.is_err();
                if line_tx.send(line.map(OsString::from_vec)).is_err() || failed {
                    break;
                }
            }
        })?;
    Ok(line_rx)
}
