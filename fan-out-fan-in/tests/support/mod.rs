//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};

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
