//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// Sources of different kinds in one list.
pub(crate) type Source<T> = Box<dyn Iterator<Item = T> + Send>;

/// How many items an iterator has handed out, and how many of them were taken.
#[derive(Clone, Default)]
pub(crate) struct Lead {
    handed_out: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl Lead {
    /// The numbers up to `end`; more than `limit` that were handed out, by all sources together,
    /// and not yet taken are a failure.
    pub(crate) fn limited(
        &self,
        end: usize,
        limit: usize,
    ) -> impl Iterator<Item = usize> + Send + use<> {
        let lead = self.clone();
        (0..end).inspect(move |_| {
            let handed_out = lead.handed_out.fetch_add(1, SeqCst) + 1;
            // Less than nothing where other sources have gone on before this one looks.
            let ahead = handed_out.saturating_sub(lead.taken.load(SeqCst));
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
