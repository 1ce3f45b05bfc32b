//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A bound for failure: nothing here takes nearly as long.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// The message of the panic that `body` must end with.
pub(crate) fn panic_of<T>(body: impl FnOnce() -> T) -> String {
    outcome(body).err().expect("it must panic")
}

/// What `body` returns, or the message of its panic.
pub(crate) fn outcome<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a message")).to_string(),
    })
}

/// Counts the items that an iterator has handed out, that the consumer has asked for, and that have
/// been dropped.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    handed_out: Arc<AtomicUsize>,
    asked_for: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// Endless items, each of which is counted when it is dropped.
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

    /// The numbers up to `end`; more than `limit` that were handed out and not asked for are a
    /// failure.
    pub(crate) fn limited(
        &self,
        end: usize,
        limit: usize,
    ) -> impl Iterator<Item = usize> + Send + use<> {
        let ledger = self.clone();
        (0..end).inspect(move |_| {
            let handed_out = ledger.handed_out.fetch_add(1, SeqCst) + 1;
            // More may have been asked for: at capacity 0, before it is handed out.
            let ahead = handed_out.saturating_sub(ledger.asked_for.load(SeqCst));
            assert!(
                ahead <= limit,
                "{ahead} items ahead, where {limit} are promised"
            );
        })
    }

    /// Takes all that is `received`, and counts each item before asking for it.
    pub(crate) fn take_all(&self, received: &mut dyn Iterator<Item = usize>) -> usize {
        let asked = || self.asked_for.fetch_add(1, SeqCst);
        let mut taken = 0;
        asked();
        for _ in received {
            taken += 1;
            asked();
        }
        taken
    }

    /// All that was handed out has been dropped: nothing is left behind in a queue or a thread.
    pub(crate) fn assert_all_dropped(&self) {
        assert_eq!(self.handed_out.load(SeqCst), self.dropped.load(SeqCst));
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
