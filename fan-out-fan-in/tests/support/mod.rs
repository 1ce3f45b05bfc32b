//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::iter;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
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

/// Items without end, each of which comes when the one before it is gone. Counts how many are asked
/// for.
pub(crate) fn one_at_a_time(asked: &mut usize) -> impl Iterator<Item = mpsc::Sender<()>> + Send {
    let mut before: Option<mpsc::Receiver<()>> = None;
    iter::from_fn(move || {
        *asked += 1;
        if let Some(gone_rx) = before.take() {
            assert!(gone_rx.recv().is_err());
        }
        let (item, gone_rx) = mpsc::channel();
        before = Some(gone_rx);
        Some(item)
    })
}

/// Counts the items that an iterator has handed out, and those of them that are no more.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    handed_out: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
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

    /// The numbers up to `end`; more than `limit` that were handed out and not yet taken are a
    /// failure.
    pub(crate) fn limited(
        &self,
        end: usize,
        limit: usize,
    ) -> impl Iterator<Item = usize> + Send + use<> {
        let ledger = self.clone();
        (0..end).inspect(move |_| {
            let handed_out = ledger.handed_out.fetch_add(1, SeqCst) + 1;
            let ahead = handed_out - ledger.taken.load(SeqCst);
            assert!(
                ahead <= limit,
                "{ahead} items ahead, where {limit} are promised"
            );
        })
    }

    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }

    /// What was handed out is no more: nothing is left behind, in a queue or in a thread.
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
