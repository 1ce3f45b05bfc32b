//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// How many items an iterator has handed out, and how many of them were asked for.
#[derive(Clone, Default)]
pub(crate) struct Lead {
    handed_out: Arc<AtomicUsize>,
    asked_for: Arc<AtomicUsize>,
}

impl Lead {
    /// The numbers up to `end`; more than `limit` that were handed out and not asked for are a
    /// failure.
    pub(crate) fn limited(
        &self,
        end: usize,
        limit: usize,
    ) -> impl Iterator<Item = usize> + Send + use<> {
        let lead = self.clone();
        (0..end).inspect(move |_| {
            let handed_out = lead.handed_out.fetch_add(1, SeqCst) + 1;
            // More may have been asked for: at capacity 0, before it is handed out.
            let ahead = handed_out.saturating_sub(lead.asked_for.load(SeqCst));
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
}
