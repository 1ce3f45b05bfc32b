//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// A bound for failure: nothing here takes nearly as long.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// The message of the panic that `body` must end with.
pub(crate) fn panic_of<T>(body: impl FnOnce() -> T) -> String {
    let payload = catch_unwind(AssertUnwindSafe(body))
        .err()
        .expect("it must panic");
    match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a message")).to_string(),
    }
}

/// Counts the items that were handed out, and those of them that are no more.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    handed_out: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// Items without end, each of which is seen when it goes.
    pub(crate) fn items(&self) -> impl Iterator<Item = Tracked> + Send + use<> {
        let ledger = self.clone();
        (0..).map(move |number| {
            ledger.handed_out.fetch_add(1, SeqCst);
            Tracked {
                number,
                dropped: Arc::clone(&ledger.dropped),
            }
        })
    }

    /// How many were handed out and still are somewhere: in a queue, in hand.
    pub(crate) fn alive(&self) -> usize {
        // In this order: an item that goes between the two is counted as alive, never the reverse.
        let dropped = self.dropped.load(SeqCst);
        self.handed_out.load(SeqCst) - dropped
    }

    /// What was handed out is no more: nothing is left behind, in a queue or in a thread.
    pub(crate) fn assert_all_dropped(&self) {
        assert_eq!(self.alive(), 0);
    }
}

/// An item that is counted when it is dropped.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) number: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

/// A clock that stands still, except for what the test and its own step add.
#[derive(Clone)]
pub(crate) struct Clock {
    time: Rc<Cell<Instant>>,
    step: Duration,
}

impl Clock {
    /// Starts in the past, so that a wait until one of its times is over at once, and goes on by
    /// `step` whenever it is asked.
    pub(crate) fn new(step: Duration) -> Self {
        let now = Instant::now();
        let start = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
        Self {
            time: Rc::new(Cell::new(start)),
            step,
        }
    }

    /// What the clock shows, without a step.
    pub(crate) fn time(&self) -> Instant {
        self.time.get()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.time.set(self.time.get() + by);
    }

    pub(crate) fn now(&self) -> impl FnMut() -> Instant + use<> {
        let clock = self.clone();
        move || {
            let time = clock.time();
            clock.advance(clock.step);
            time
        }
    }
}
