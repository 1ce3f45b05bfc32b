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
    /// The numbers up to `end`; more than `limit` that were handed out and not yet taken are a
    /// failure.
    pub(crate) fn limited(
        &self,
        end: usize,
        limit: usize,
    ) -> impl Iterator<Item = usize> + Send + use<> {
        let lead = self.clone();
        (0..end).inspect(move |_| {
            let handed_out = lead.handed_out.fetch_add(1, SeqCst) + 1;
            let ahead = handed_out - lead.taken.load(SeqCst);
            assert!(
                ahead <= limit,
                "{ahead} items ahead, where {limit} are promised"
            );
        })
    }

    pub(crate) fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }
}
