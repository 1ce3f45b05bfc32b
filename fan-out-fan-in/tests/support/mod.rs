//! What the tests of several patterns need.

use std::iter;
use std::sync::mpsc;

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
