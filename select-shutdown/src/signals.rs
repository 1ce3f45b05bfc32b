//! Ctrl-C and SIGTERM as a message: the first says that it is time to end, the second ends the
//! process at once.
//!
//! ```text
//! first signal  -> handler -> thread -> [one message] -> select
//! second signal -> handler -> exit with 128 + signal
//! ```
//!
//! Use it in a program for Unix that has something to finish. Not in a library: handlers belong to
//! the whole process. Before and after it listens, a signal ends the process: none is ignored. Only
//! where the process was started to ignore one, behind `nohup`, by `&` in a script or as process 1
//! of a container, is it ignored before, and heard all the same from then on.
//!
//! A terminal sends Ctrl-C to all processes in its foreground: a child that should be let finish
//! must be started in a group of its own (`CommandExt::process_group`).
//!
//! A handler may do next to nothing: no lock, no allocation, no send. signal-hook's wakes a thread,
//! and that sends. So the signal is one more channel for the thread that decides, which need not be
//! interrupted, nor look at a flag between two waits. The second signal is not left to that thread,
//! which may be the one that is stuck: the handler itself ends the process.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | first signal | one message: its number; then the channel is disconnected | `the_first_signal_is_a_message` |
//! | a signal that was ignored at the start | is heard like any other | `a_signal_that_was_ignored_is_heard` |
//! | second signal, of any kind listened for | ends the process at once, with 128 + its number | `a_second_signal_ends_the_process` |
//! | loss | none: the message waits in the channel, after the listener is dropped too | `the_first_signal_is_a_message`, `a_signal_just_before_the_drop_is_a_message` |
//! | ends | dropping the listener ends and joins the thread, even if the message was not received | `a_hundred_listeners_end`, `a_message_that_nobody_receives_does_not_hold_the_listener` |
//! | after that, and where it cannot listen | a signal ends the process at once, with 128 + its number | `after_the_listener_a_signal_ends_the_process`, `a_listener_that_is_refused_ignores_no_signal` |
//!
//! In short: `examples/ctrl_c_as_a_message.rs`
//!
//! Needs: crossbeam-channel 0.5, signal-hook 0.4

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, bounded};
use signal_hook::flag;
use signal_hook::iterator::{Handle, Signals};

/// Listens for each of `kinds`, mostly `SIGINT` (Ctrl-C) and `SIGTERM`, until the listener is
/// dropped.
///
/// Signals that come before the first was handled may count as one with it, as usual in Unix.
/// Listen for a kind once in a process: after the listener is dropped, that signal ends it.
///
/// The exit on the second signal comes from signal-hook's documentation of
/// `register_conditional_shutdown`.
///
/// # Errors
///
/// When the system refuses a handler, a socket or a thread. Signals go on ending the process.
///
/// # Panics
///
/// When `kinds` holds a signal that cannot be handled, such as `SIGKILL`.
///
/// # Example
///
/// ```
/// use crossbeam_channel::{bounded, select};
/// use select_shutdown::signals;
/// use signal_hook::consts::{SIGINT, SIGTERM};
///
/// let listener = signals::listen(&[SIGINT, SIGTERM])?;
/// let (work_tx, work_rx) = bounded::<u32>(1);
/// signal_hook::low_level::raise(SIGTERM)?; // As `kill` would.
/// select! {
///     recv(work_rx) -> _ => unreachable!("`work_tx` is here, and has sent nothing"),
///     recv(listener.receiver()) -> signal => assert_eq!(signal, Ok(SIGTERM)),
/// }
/// # drop(work_tx);
/// # Ok::<(), std::io::Error>(())
/// ```
pub fn listen(kinds: &[i32]) -> io::Result<Listener> {
    // Armed until it listens: no signal is swallowed meanwhile, nor after an error.
    let ending = Arc::new(AtomicBool::new(true));
    for (place, &kind) in kinds.iter().enumerate() {
        if kinds[..place].contains(&kind) {
            continue; // Its second pair of handlers would take the first signal for the second.
        }
        // In this order: the shutdown must find the flag as the signals before have left it.
        flag::register_conditional_shutdown(kind, 128 + kind, Arc::clone(&ending))?;
        flag::register(kind, Arc::clone(&ending))?;
    }
    // Behind these: by the time a signal is a message, its handler has passed the shutdown.
    let mut signals = Signals::new(kinds)?;
    let handle = signals.handle();
    let (signal_tx, signal_rx) = bounded(1);
    let wait = move || {
        // `None` when the listener is dropped, even where a signal has come just before.
        let heard = signals.forever().next();
        if let Some(signal) = heard.or_else(|| signals.pending().next()) {
            // There is room. Fails when all receivers are gone, and then nobody wants to know.
            let _ = signal_tx.send(signal);
        }
    };
    let thread = thread::Builder::new().name("signals".into()).spawn(wait)?;
    ending.store(false, Ordering::SeqCst);
    Ok(Listener {
        signal_rx,
        ending,
        handle,
        thread: Some(thread),
    })
}

/// Owns the thread that waits for signals.
///
/// Once it is dropped, signals end the process. One whose handler is at work at that very moment
/// may be neither a message nor an end.
#[derive(Debug)]
#[must_use = "dropped, it listens no more"]
pub struct Listener {
    signal_rx: Receiver<i32>,
    /// Whether the next signal ends the process.
    ending: Arc<AtomicBool>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Listener {
    /// Where the number of the first signal arrives.
    pub fn receiver(&self) -> &Receiver<i32> {
        &self.signal_rx
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        // First, since the handlers stay: a signal that they swallow could not end a process that
        // hangs from here on.
        self.ending.store(true, Ordering::SeqCst);
        self.handle.close();
        // The thread does nothing that panics; if it did, `drop` should not do so too.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
