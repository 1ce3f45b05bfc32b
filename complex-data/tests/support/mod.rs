//! What the tests of several patterns need.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

/// How many items an iterator has handed out, and how many of them were taken.
#[derive(Clone, Default)]
pub(crate) struct Lead {
    handed_out: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl Lead {
    /// Counts one that is handed out, and returns how many are not yet taken.
    pub(crate) fn hand_out(&self) -> usize {
        self.handed_out.fetch_add(1, SeqCst) + 1 - self.taken.load(SeqCst)
    }

    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }
}
