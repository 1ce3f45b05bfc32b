//! A worker that can be told to stop: its queue accepts no more, it works through what was accepted
//! as far as a time limit allows, and it returns how many items were done and how many were not.
//!
//! ```text
//! producers -> gate -> [items, bounded] -> worker -> completed, failed, abandoned
//!               |                            ^
//!               +-> rejected                stop
//! ```
//!
//! Use it when a program must end in order and lose nothing unseen. Not when the end of the input
//! is the only end there is: then drop the senders, and `for item in item_rx` is all that is
//! needed.
//!
//! How does the worker know that nothing more is on its way? A queue that is empty says nothing: a
//! producer may have looked before the stop, and send after it. Here the only sender is behind a
//! gate, a lock that a producer holds while it sends. The worker first wakes the producers that
//! wait for room, and then takes the sender out of the gate: it gets the lock when the last send is
//! over. All that was accepted is in the queue by then.
//!
//! Variants: [`std_only`] without a dependency; [`async-tokio/shutdown`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | stop | comes before any queued item, and is heard by an idle worker too | `the_stop_comes_before_queued_items`, `an_idle_worker_hears_the_stop` |
//! | order | first in, first out; each producer's items in the order in which it sends them | `what_was_accepted_is_completed_in_order` |
//! | full queue | the producer waits; at the stop it gets its item back | `a_producer_is_never_far_ahead`, `producers_that_wait_for_room_get_their_items_back` |
//! | after the stop | an item that is sent comes back at once | `what_is_sent_after_the_stop_comes_back` |
//! | time limit | looked at between items; zero abandons all, `Duration::MAX` none | `a_drain_ends_at_its_limit`, `a_limit_of_zero_abandons_what_is_queued` |
//! | loss | none unseen: accepted = completed + failed + abandoned, under every schedule | `what_was_accepted_is_accounted_for` |
//! | the work panics | that item has failed, the rest is abandoned, the payload comes with the counts | `a_panic_brings_its_payload_and_the_counts` |
//! | a drop panics | of an abandoned item: the others are abandoned and counted, too; the first payload comes with the counts | `an_abandoned_item_that_panics_costs_no_count` |
//! | the worker never runs | dropped, it drops what is queued, and sends fail | `a_worker_that_never_runs_drops_what_is_queued` |
//! | ends | at the stop, or when the last intake is gone and all is done | `without_intakes_it_ends_when_all_is_done`, `a_hundred_workers_end` |
//!
//! [`std_only`]: ../std_only/index.html
//! [`async-tokio/shutdown`]: ../../async_tokio/shutdown/index.html
//!
//! In short: `examples/a_shutdown_signal.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use std::{error, fmt, mem};

use crossbeam_channel::{Receiver, Sender, bounded, select_biased};

/// A queue for up to `capacity` items: where they go in, and the worker that they go to. With 0, an
/// item is handed over directly.
///
/// # Example
///
/// ```
/// use std::thread;
/// use std::time::{Duration, Instant};
/// use crossbeam_channel::bounded;
/// use select_shutdown::shutdown;
///
/// let (intake, worker) = shutdown::open(16);
/// let (stop_tx, stop_rx) = bounded::<()>(0);
/// let mut sum = 0;
/// let ended = thread::scope(|scope| {
///     let running = scope.spawn(|| worker.run(&stop_rx, Duration::from_secs(5), Instant::now, |n| sum += n));
///     for n in 1..=10 {
///         intake.send(n).expect("it has not been stopped");
///     }
///     drop(stop_tx);
///     running.join().expect("a panic of the work is in the result")
/// });
/// assert_eq!(ended.expect("no sum overflows").completed, 10);
/// assert_eq!(sum, 55);
/// assert!(intake.send(11).is_err());
/// ```
pub fn open<T>(capacity: usize) -> (Intake<T>, Worker<T>) {
    let (item_tx, item_rx) = bounded(capacity);
    let (closing_tx, closing_rx) = bounded(0);
    let gate = Arc::new(RwLock::new(Some(item_tx)));
    let worker = Worker {
        item_rx,
        // Weak, so that the sender is gone with the last intake.
        gate: Arc::downgrade(&gate),
        closing_tx: Some(closing_tx),
    };
    (Intake { gate, closing_rx }, worker)
}

/// The gate: the only sender, for as long as items are accepted.
type Gate<T> = RwLock<Option<Sender<T>>>;

/// Where items go in; clone it for each producer.
#[derive(Debug)]
pub struct Intake<T> {
    gate: Arc<Gate<T>>,
    /// Disconnected when the worker wants the gate to itself.
    closing_rx: Receiver<Infallible>,
}

impl<T> Intake<T> {
    /// Sends `item`, and waits for room where there is none. `Ok` means that it will be counted,
    /// as completed, failed or abandoned. Not to be called by the work itself, which would wait for
    /// the room that it has to make.
    ///
    /// # Errors
    ///
    /// When the worker has been stopped, or is gone. The error holds the item.
    pub fn send(&self, item: T) -> Result<(), Rejected<T>> {
        // Nothing panics while it holds the lock; if it did, nothing would be left half done.
        let gate = self.gate.read().unwrap_or_else(PoisonError::into_inner);
        let Some(item_tx) = gate.as_ref() else {
            return Err(Rejected(item));
        };
        // The send first, since it is the usual case. Where it fails, there is no room.
        select_biased! {
            send(item_tx, item) -> sent => sent.map_err(|unsent| Rejected(unsent.into_inner())),
            recv(self.closing_rx) -> _ => Err(Rejected(item)),
        }
    }
}

impl<T> Clone for Intake<T> {
    fn clone(&self) -> Self {
        Self {
            gate: Arc::clone(&self.gate),
            closing_rx: self.closing_rx.clone(),
        }
    }
}

/// The receiving end, to be run on a thread of the caller's choice.
#[derive(Debug)]
#[must_use = "items wait until it runs"]
pub struct Worker<T> {
    item_rx: Receiver<T>,
    gate: Weak<Gate<T>>,
    closing_tx: Option<Sender<Infallible>>,
}

impl<T> Worker<T> {
    /// Calls `work` with each item until `stop_rx` has a message or no sender, or the last intake
    /// is gone; then closes the gate and goes on with what is queued until `limit` has passed.
    ///
    /// `now` is the clock: `Instant::now`, or a test's own. An item that has been begun is not cut
    /// short, by the stop or by the limit.
    ///
    /// # Errors
    ///
    /// When `work` panics: the worker stops there, since nobody knows what state `work` is in. And
    /// when an abandoned item panics as it is dropped. The error has the first payload, for
    /// `resume_unwind`, and the counts.
    pub fn run<S>(
        mut self,
        stop_rx: &Receiver<S>,
        limit: Duration,
        mut now: impl FnMut() -> Instant,
        mut work: impl FnMut(T),
    ) -> Result<Ended, Panicked> {
        let mut ended = Ended::default();
        // Unwind safe: after a panic, nothing of what `work` or `now` have touched is used here.
        let mut outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut complete = |item| {
                ended.failed += 1; // Until it has returned.
                work(item);
                ended.failed -= 1;
                ended.completed += 1;
            };
            loop {
                select_biased! {
                    recv(stop_rx) -> _ => break,
                    recv(self.item_rx) -> item => match item {
                        Ok(item) => complete(item),
                        Err(_) => return, // The last intake is gone, and all is done.
                    },
                }
            }
            self.close();
            let deadline = now().checked_add(limit);
            while deadline.is_none_or(|deadline| now() < deadline) {
                match self.item_rx.try_recv() {
                    Ok(item) => complete(item),
                    Err(_) => break,
                }
            }
        }));
        self.close();
        for item in self.item_rx.try_iter() {
            ended.abandoned += 1;
            // A panic here must not cost the counts; nor may it unwind, since the next item that
            // panics as it is dropped would then end the process.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(item))) {
                match outcome {
                    Ok(()) => outcome = Err(payload),
                    // Not dropped, since that may panic, too.
                    Err(_) => mem::forget(payload),
                }
            }
        }
        match outcome {
            Ok(()) => Ok(ended),
            Err(payload) => Err(Panicked { ended, payload }),
        }
    }

    /// When this returns, all that was ever accepted is in the queue or has been received.
    fn close(&mut self) {
        // First, or else producers that wait for room would hold the gate for ever.
        self.closing_tx = None;
        if let Some(gate) = self.gate.upgrade() {
            *gate.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl<T> Drop for Worker<T> {
    /// A worker that never ran drops what is queued. crossbeam would keep it for as long as there
    /// is a sender.
    fn drop(&mut self) {
        self.close();
    }
}

/// How many items became what: together, all that were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many the work was done for.
    pub completed: u64,
    /// How many the work panicked at: one or none.
    pub failed: u64,
    /// How many were accepted and dropped, because the time was up or the work had panicked.
    pub abandoned: u64,
}

/// The work has panicked, or the drop of an abandoned item.
#[derive(Debug)]
pub struct Panicked {
    /// The counts.
    pub ended: Ended,
    /// What it panicked with, for [`std::panic::resume_unwind`].
    pub payload: Box<dyn Any + Send>,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the work has panicked")
    }
}

impl error::Error for Panicked {}

/// The item was not accepted: the worker has been stopped, or is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rejected<T>(pub T);

impl<T> fmt::Debug for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rejected(..)")
    }
}

impl<T> fmt::Display for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the item was not accepted: the worker has been stopped")
    }
}

impl<T> error::Error for Rejected<T> {}
