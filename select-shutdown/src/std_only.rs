//! One channel of an enum in place of a select, and a stop that loses nothing, with std alone.
//!
//! lines, ticks -> gate -> [up to `capacity`] -> worker -> report
//!
//! Use it when you want no dependency. std cannot wait for two channels: all sources send into one,
//! and your enum says where a message comes from. So no source comes before another; in
//! `shutdown.rs`, the stop does.
//!
//! - Messages of all sources come in the order of sending; a full queue makes producers wait.
//! - After `close`, `send` gives its message back, and what was accepted is worked off. A message
//!   that says "stop" would leave open what becomes of those behind it.
//! - After `abort`, what was accepted is dropped and counted, but for one message that may just be
//!   taken: accepted = completed + abandoned.
//! - A panic of the work reaches the caller of `run`; the queue is dropped, later sends fail.
//! - Without a stop, it ends when all intakes are gone and all is done.
//!
//! Tests: `tests/std_only.rs`
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::{error, fmt};

/// Where messages go in. Share it among the sources.
#[derive(Debug)]
pub struct Intake<T> {
    /// Holds the sender as long as messages are accepted.
    gate: Mutex<Option<SyncSender<T>>>,
    aborted: Arc<AtomicBool>,
}

impl<T> Intake<T> {
    /// Sends `message`, and waits for room. `Ok` means that it will be counted. Not for the work
    /// itself, which would wait for the room that it has to make.
    ///
    /// # Errors
    ///
    /// When the worker has been stopped or is gone. The error holds the message.
    pub fn send(&self, message: T) -> Result<(), Rejected<T>> {
        // A clone: nobody waits for room with the lock in hand, and the queue ends with the last.
        let message_tx = Option::clone(&self.gate.lock().unwrap_or_else(PoisonError::into_inner));
        let sent = match message_tx {
            Some(message_tx) => message_tx.send(message),
            None => Err(SendError(message)),
        };
        sent.map_err(|unsent| Rejected(Mutex::new(unsent.0)))
    }

    /// Accepts no more. The worker ends when it is done with what was accepted.
    pub fn close(&self) {
        *self.gate.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Accepts no more, and discards what was accepted. A message in progress is not cut short.
    pub fn abort(&self) {
        self.aborted.store(true, Relaxed);
        self.close();
    }
}

/// The receiving end, to be run on a thread of the caller's choice. Dropped, it drops the queue.
#[derive(Debug)]
pub struct Worker<T> {
    message_rx: Receiver<T>,
    aborted: Arc<AtomicBool>,
}

impl<T> Worker<T> {
    /// A queue for `capacity` messages; 0 hands each over directly. Their memory is taken at the
    /// start: where it does not fit, that panics or aborts.
    ///
    /// # Example
    ///
    /// ```
    /// enum Event { Line(&'static str), Tick }
    ///
    /// let (intake, worker) = select_shutdown::std_only::Worker::new(4);
    /// let working = std::thread::spawn(move || worker.run(|event| match event {
    ///     Event::Line(line) => println!("{line}"),
    ///     Event::Tick => println!("tick"),
    /// }));
    /// intake.send(Event::Line("one")).expect("it is not closed");
    /// intake.send(Event::Tick).expect("it is not closed");
    /// intake.close();
    /// assert_eq!(working.join().expect("the work does not panic").completed, 2);
    /// ```
    pub fn new(capacity: usize) -> (Arc<Intake<T>>, Self) {
        let (message_tx, message_rx) = sync_channel(capacity);
        let (gate, aborted) = (Mutex::new(Some(message_tx)), Arc::default());
        let worker = Self {
            message_rx,
            aborted: Arc::clone(&aborted),
        };
        (Arc::new(Intake { gate, aborted }), worker)
    }

    /// Calls `work` with each message, until none is left and none can come.
    pub fn run(self, mut work: impl FnMut(T)) -> Report {
        let mut report = Report::default();
        for message in self.message_rx {
            if self.aborted.load(Relaxed) {
                // Whatever it does as it is dropped, the others are counted.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(message)));
                report.abandoned += 1;
            } else {
                work(message);
                report.completed += 1;
            }
        }
        report
    }
}

/// How many messages became what: together, all that were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The work was done for these.
    pub completed: usize,
    /// These were dropped after `abort`.
    pub abandoned: usize,
}

/// The worker has been stopped, or is gone. (The mutex is for `?`, which asks for `Sync`.)
pub struct Rejected<T>(Mutex<T>);

impl<T> Rejected<T> {
    /// The message.
    pub fn into_inner(self) -> T {
        self.0.into_inner().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rejected(..)")
    }
}

impl<T> fmt::Display for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the worker has been stopped")
    }
}

impl<T> error::Error for Rejected<T> {}
