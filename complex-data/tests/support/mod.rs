//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A bound for failure: nothing here takes nearly as long.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

pub(crate) fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a test asks for one or more")
}

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

/// Counts the items that it has handed out, that were taken, and that have been dropped.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    handed_out: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// Endless items, each of which is counted when it is dropped.
    pub(crate) fn items(&self) -> impl Iterator<Item = Tracked> + Send + use<> {
        let ledger = self.clone();
        (0..).map(move |number| {
            ledger.hand_out();
            Tracked {
                number,
                dropped: Arc::clone(&ledger.dropped),
            }
        })
    }

    /// Counts one that is handed out, and returns how many are not yet taken.
    pub(crate) fn hand_out(&self) -> usize {
        self.handed_out.fetch_add(1, SeqCst) + 1 - self.taken.load(SeqCst)
    }

    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }

    pub(crate) fn handed_out(&self) -> usize {
        self.handed_out.load(SeqCst)
    }

    /// All that was handed out has been dropped: nothing is left behind in a queue or a thread.
    pub(crate) fn assert_all_dropped(&self) {
        assert_eq!(self.handed_out(), self.dropped.load(SeqCst));
    }
}

/// An item that is counted when it is dropped.
pub(crate) struct Tracked {
    pub(crate) number: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}
