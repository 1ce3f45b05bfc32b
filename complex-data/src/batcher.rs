//! Gathers items into batches inside a loop of your own: by size, by time, and the rest at the end.
//!
//! item, now -> [gathered so far] -> batch, when full or due
//!
//! Use it when a loop waits for several things (kinds of message, a select, a socket), or sends on
//! in batches what comes to it one by one. To receive from one channel: `batched.rs`. For a slice:
//! `slice::chunks`.
//!
//! - Each item is in one batch, in the order of the pushes.
//! - The push that makes `max` items returns them.
//! - A batch is due `linger` after its first item, whenever others come. The loop may wait until
//!   then; then a push returns it, or the loop takes it, as it does at the end.
//! - Items are lost only when it is dropped with items in it.
//!
//! It knows no clock and no channel. A message costs 30 to 800 ns however many items are in it, so
//! one for a hundred makes each cheap. But a look at the clock costs 20 to 70 ns: a loop that gets
//! many items at a time should look once for all of them.
//!
//! In short: `examples/batches_by_size.rs` · Tests: `tests/batcher.rs`
//! Needs: std only

use std::mem;
use std::time::{Duration, Instant};

/// Items on their way to become a batch.
///
/// # Example
///
/// ```
/// use std::sync::mpsc::{RecvTimeoutError, channel};
/// use std::time::{Duration, Instant};
/// use complex_data::batcher::Batcher;
///
/// let (item_tx, item_rx) = channel();
/// (1..=5).for_each(|n| item_tx.send(n).unwrap());
/// drop(item_tx);
///
/// let mut batcher = Batcher::new(2, Duration::from_secs(60));
/// let mut batches = Vec::new();
/// loop {
///     let received = match batcher.due() {
///         Some(due) => item_rx.recv_timeout(due.saturating_duration_since(Instant::now())),
///         None => item_rx.recv().map_err(RecvTimeoutError::from),
///     };
///     batches.extend(match received {
///         Ok(item) => batcher.push(item, Instant::now()),
///         Err(RecvTimeoutError::Timeout) => batcher.take(),
///         Err(RecvTimeoutError::Disconnected) => break,
///     });
/// }
/// batches.extend(batcher.take());
/// assert_eq!(batches, [vec![1, 2], vec![3, 4], vec![5]]);
/// ```
#[derive(Debug)]
pub struct Batcher<T> {
    items: Vec<T>,
    max: usize,
    linger: Duration,
    due: Option<Instant>,
}

impl<T> Batcher<T> {
    /// An empty one, for batches of at most `max` items that wait at most `linger` for more.
    ///
    /// # Panics
    ///
    /// When `max` is 0.
    pub fn new(max: usize, linger: Duration) -> Self {
        assert!(max > 0, "a batch must have room for an item");
        Self {
            items: Vec::new(),
            max,
            linger,
            due: None,
        }
    }

    /// Adds `item`, and returns the batch when that makes it full, or when it is due `now`.
    ///
    /// The first item of a batch takes memory for `max` items; where memory cannot hold them, that
    /// panics or aborts.
    #[must_use = "a batch that is returned is no longer in the batcher"]
    pub fn push(&mut self, item: T, now: Instant) -> Option<Vec<T>> {
        if self.items.is_empty() {
            self.items.reserve_exact(self.max);
            // `None`: a time beyond what the clock can represent never comes.
            self.due = now.checked_add(self.linger);
        }
        self.items.push(item);
        let due = self.due.is_some_and(|due| now >= due);
        (due || self.items.len() == self.max).then(|| self.take())?
    }

    /// Until when the loop may wait for more; `None` while there is no item, or when that time is
    /// beyond what the clock can represent.
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// What it holds; `None` instead of an empty batch.
    #[must_use = "a batch that is returned is no longer in the batcher"]
    pub fn take(&mut self) -> Option<Vec<T>> {
        self.due = None;
        let items = mem::take(&mut self.items);
        (!items.is_empty()).then_some(items)
    }
}
