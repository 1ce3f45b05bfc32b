//! One channel of an enum instead of a select, and a stop that loses nothing, with the standard
//! library alone.
//!
//! ```text
//! source -> Event::Line --+
//! source -> Event::Tick --+-> gate -> [bounded] -> worker
//! stop   -> closes the gate    |
//!                              +-> rejected
//! ```
//!
//! Use it when no dependency is wanted. The standard library cannot wait for two channels, so all
//! sources send into one, and your enum says where a message comes from: one variant for each
//! source. Its limits: no source has priority, so that a message waits behind all that were sent
//! before it; and only room wakes a producer that waits for room.
//!
//! The stop is no variant of the enum. It would wake the worker, but leave open what becomes of
//! messages behind it. Here it takes the sender out of the gate. Each send uses a clone of that
//! sender, so the queue ends by itself after the last accepted message. To skip what is queued, the
//! worker looks at a flag before each.
//!
//! Variants: [`shutdown`] and [`select`] for crossbeam-channel.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | order | messages of all sources come in the order in which they were accepted | `messages_come_in_the_order_of_sending` |
//! | full queue | the producer waits | `a_producer_is_never_far_ahead` |
//! | stop and drain | all that was accepted is worked on; the work itself may call `stop` | `what_was_accepted_is_accounted_for`, `the_work_may_give_the_stop` |
//! | stop and abandon | what is queued is dropped, and counted | `what_is_abandoned_is_counted` |
//! | after the stop | a message that is sent comes back at once | `what_was_accepted_is_accounted_for` |
//! | loss | none unseen: accepted = completed + abandoned | `what_was_accepted_is_accounted_for` |
//! | the work panics | the panic leaves `run`; queued messages are dropped, later ones come back | `a_panic_in_the_work_leaves_run` |
//! | ends | at the stop, or when the last intake is gone, and the queue is empty | `without_intakes_it_ends_when_all_is_done`, `a_hundred_workers_end` |
//!
//! [`shutdown`]: ../shutdown/index.html
//! [`select`]: ../select/index.html
//!
//! Needs: std only

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{error, fmt};

/// A queue for up to `capacity` messages: where they go in, and the worker that they go to. With 0,
/// a message is handed over directly.
///
/// # Example
///
/// ```
/// use std::thread;
/// use select_shutdown::std_only::{Rest, open};
///
/// enum Event {
///     Line(&'static str),
///     Tick,
/// }
///
/// let (intake, worker) = open(4);
/// let (mut lines, mut ticks) = (Vec::new(), 0);
/// let ended = thread::scope(|scope| {
///     let running = scope.spawn(|| {
///         worker.run(|event| match event {
///             Event::Line(line) => lines.push(line),
///             Event::Tick => ticks += 1,
///         })
///     });
///     intake.send(Event::Line("one")).expect("it has not been stopped");
///     intake.send(Event::Tick).expect("it has not been stopped");
///     intake.stop(Rest::Drain);
///     running.join().expect("the work does not panic")
/// });
/// assert_eq!(ended.completed, 2);
/// assert_eq!((lines, ticks), (vec!["one"], 1));
/// ```
pub fn open<T>(capacity: usize) -> (Intake<T>, Worker<T>) {
    let (message_tx, message_rx) = sync_channel(capacity);
    let gate = Arc::new(Mutex::new(Some(message_tx)));
    let abandon = Arc::new(AtomicBool::new(false));
    let worker = Worker {
        message_rx,
        abandon: Arc::clone(&abandon),
    };
    (Intake { gate, abandon }, worker)
}

/// What becomes of the messages that are queued at the stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// They are worked on.
    Drain,
    /// They are dropped and counted.
    Abandon,
}

/// Where messages go in; clone it for each source.
#[derive(Debug)]
pub struct Intake<T> {
    /// What all senders are cloned from, for as long as messages are accepted.
    gate: Arc<Mutex<Option<SyncSender<T>>>>,
    abandon: Arc<AtomicBool>,
}

impl<T> Intake<T> {
    /// Sends `message`, and waits for room where there is none. Not to be called by the work
    /// itself, which would wait for the room that it has to make.
    ///
    /// # Errors
    ///
    /// When the worker has been stopped, or is gone. The error holds the message.
    pub fn send(&self, message: T) -> Result<(), Rejected<T>> {
        // A clone, so that no thread holds the lock while it waits for room. The queue ends when
        // the last clone is gone, not before.
        let message_tx = self.gate().clone();
        match message_tx {
            Some(message_tx) => message_tx
                .send(message)
                .map_err(|unsent| Rejected(unsent.0)),
            None => Err(Rejected(message)),
        }
    }

    /// Accepts no more. Where calls differ, `Abandon` wins, as soon as it is called.
    ///
    /// Does not wait: a producer that is sending at that moment may still get its message in, and
    /// the worker waits for it.
    pub fn stop(&self, rest: Rest) {
        if rest == Rest::Abandon {
            self.abandon.store(true, Ordering::Relaxed);
        }
        *self.gate() = None;
    }

    fn gate(&self) -> MutexGuard<'_, Option<SyncSender<T>>> {
        // Nothing panics while it holds the lock; if it did, nothing would be left half done.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for Intake<T> {
    fn clone(&self) -> Self {
        Self {
            gate: Arc::clone(&self.gate),
            abandon: Arc::clone(&self.abandon),
        }
    }
}

/// The receiving end, to be run on a thread of the caller's choice.
#[derive(Debug)]
#[must_use = "messages wait until it runs"]
pub struct Worker<T> {
    message_rx: Receiver<T>,
    abandon: Arc<AtomicBool>,
}

impl<T> Worker<T> {
    /// Calls `work` with each message, until the stop or until the last intake is gone, and the
    /// queue is empty.
    ///
    /// # Panics
    ///
    /// With the panic of `work`.
    pub fn run(self, mut work: impl FnMut(T)) -> Ended {
        let mut ended = Ended::default();
        for message in self.message_rx {
            if self.abandon.load(Ordering::Relaxed) {
                ended.abandoned += 1;
            } else {
                work(message);
                ended.completed += 1;
            }
        }
        ended
    }
}

/// How many messages became what: together, all that were accepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// How many the work was done for.
    pub completed: u64,
    /// How many were dropped, because the stop said so.
    pub abandoned: u64,
}

/// The message was not accepted: the worker has been stopped, or is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Rejected<T>(pub T);

impl<T> fmt::Debug for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rejected(..)")
    }
}

impl<T> fmt::Display for Rejected<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the message was not accepted: the worker has been stopped")
    }
}

impl<T> error::Error for Rejected<T> {}
