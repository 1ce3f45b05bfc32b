//! A worker that is told to stop accepts no more, works off what it has accepted, and counts.
//!
//! producers -> gate -> [up to `capacity`] -> worker, until the stop -> report
//!
//! Use it when a program must end in order and lose nothing unseen. Not when the end of the input
//! is the only end: drop the senders, and `for item in item_rx` is enough. Without a dependency:
//! `std_only.rs`. For several workers: `../worker-pool/src/pool.rs`.
//!
//! - Items come in the order of sending; a full queue makes producers wait.
//! - The stop comes before any queued item, and wakes an idle worker.
//! - Then the gate closes, and `send` gives its item back. That the queue is empty would not do: a
//!   producer may look before the stop and send after it. Accepted = completed + abandoned.
//! - After the limit, what is left is abandoned. An item in progress is not cut short.
//! - A panic of the work reaches the caller of `run`; the queue is dropped, later sends fail.
//! - Without a stop, it ends when all intakes are gone and all is done.
//!
//! In short: `examples/a_shutdown_signal.rs` · Tests: `tests/shutdown.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};
use std::{error, fmt};

use crossbeam_channel::{Receiver, SendError, Sender, bounded, select_biased};

/// Where items go in. The gate: it holds the sender as long as items are accepted.
#[derive(Debug)]
pub struct Intake<T>(Mutex<Option<Sender<T>>>);

impl<T> Intake<T> {
    /// Sends `item`, and waits for room. `Ok` means that it will be counted. Not for the work
    /// itself, which would wait for the room that it has to make.
    ///
    /// # Errors
    ///
    /// When the worker has been stopped or is gone. The error holds the item.
    pub fn send(&self, item: T) -> Result<(), Rejected<T>> {
        // A clone: nobody waits for room with the lock in hand, and the queue ends with the last.
        let item_tx = Option::clone(&self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let sent = match item_tx {
            Some(item_tx) => item_tx.send(item),
            None => Err(SendError(item)),
        };
        sent.map_err(|unsent| Rejected(Mutex::new(unsent.0)))
    }
}

/// The receiving end, to be run on a thread of the caller's choice. Dropped, it drops the queue.
#[derive(Debug)]
pub struct Worker<T> {
    item_rx: Receiver<T>,
    /// Weak: the sender goes with the last intake.
    gate: Weak<Intake<T>>,
}

impl<T> Worker<T> {
    /// A queue for `capacity` items; 0 hands each over directly. Their memory is taken at the
    /// start: where it does not fit, that panics or aborts.
    ///
    /// # Example
    ///
    /// ```
    /// let (intake, worker) = select_shutdown::shutdown::Worker::new(16);
    /// let (stop_tx, stop_rx) = crossbeam_channel::bounded::<()>(0);
    /// let (limit, work) = (std::time::Duration::from_secs(5), |n: u64| println!("{n}"));
    /// let working = std::thread::spawn(move || worker.run(&stop_rx, limit, work));
    /// (1..=10).try_for_each(|n| intake.send(n)).expect("it has not been stopped");
    /// drop(stop_tx);
    /// assert_eq!(working.join().expect("the work does not panic").completed, 10);
    /// ```
    pub fn new(capacity: usize) -> (Arc<Intake<T>>, Self) {
        let (item_tx, item_rx) = bounded(capacity);
        let intake = Arc::new(Intake(Mutex::new(Some(item_tx))));
        let gate = Arc::downgrade(&intake);
        (intake, Self { item_rx, gate })
    }

    /// Calls `work` with each item until `stop_rx` has a message or no sender; then closes the gate
    /// and goes on with what was accepted until `limit` has passed: `Duration::ZERO` abandons it,
    /// `Duration::MAX` drains it all.
    pub fn run<S>(self, stop_rx: &Receiver<S>, limit: Duration, mut work: impl FnMut(T)) -> Report {
        let (item_rx, mut report) = (self.item_rx.clone(), Report::default());
        loop {
            select_biased! {
                recv(stop_rx) -> _ => break,
                recv(item_rx) -> item => match item {
                    Ok(item) => work(item),
                    Err(_) => return report, // The last intake is gone, and all is done.
                },
            }
            report.completed += 1;
        }
        drop(self); // Closes the gate.
        let stopped = Instant::now();
        for item in item_rx {
            if stopped.elapsed() < limit {
                work(item);
                report.completed += 1;
            } else {
                // Whatever it does as it is dropped, the others are counted.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(item)));
                report.abandoned += 1;
            }
        }
        report
    }
}

impl<T> Drop for Worker<T> {
    fn drop(&mut self) {
        // Also where it never ran: crossbeam keeps what is queued as long as there is a sender.
        if let Some(intake) = self.gate.upgrade() {
            *intake.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

/// How many items became what: together, all that were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The work was done for these.
    pub completed: usize,
    /// These were dropped after the limit.
    pub abandoned: usize,
}

/// The worker has been stopped, or is gone. (The mutex is for `?`, which asks for `Sync`.)
pub struct Rejected<T>(Mutex<T>);

impl<T> Rejected<T> {
    /// The item.
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
