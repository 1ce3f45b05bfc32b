//! Gathers items into batches inside a loop of your own: by size, by time, and the rest at the end.
//!
//! ```text
//! item, now -> [gathered so far] -> batch, when full or due
//! ```
//!
//! Use it when a loop waits for several things (kinds of message, a select, a socket), or sends on
//! in batches what comes to it one by one. Not to receive from one channel: [`batched`] does all of
//! that. Not where nothing is waited for: `slice::chunks` needs no clock.
//!
//! It knows no clock and no channel: the loop passes in the time, waits no longer than until
//! [`due`](Batcher::due), and calls [`take`](Batcher::take) when that time has come, and at the
//! end.
//!
//! A message costs 30 to 800 ns however many items are in it, so one for a hundred makes each
//! cheap. But a look at the clock costs 20 to 70 ns: a loop that gets many items at a time should
//! look once for all of them.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is in one batch | `it_does_what_its_model_does` |
//! | order | that of the pushes | `it_does_what_its_model_does` |
//! | by size | the push that makes `max` items returns them | `a_full_batch_is_returned` |
//! | by time | due `linger` after its first item, whenever others come; a push at that time or later returns the batch | `a_batch_is_due_when_its_first_item_has_lingered`, `a_loop_that_waits_until_due_sends_a_partial_batch` |
//! | at the end | `take` returns what is left | `the_rest_is_taken_at_the_end` |
//! | memory | one allocation for each batch, none for an item | `a_batch_is_one_allocation` |
//! | loss | only when it is dropped with items in it | `what_is_not_taken_is_dropped` |
//!
//! [`batched`]: ../batched/index.html
//!
//! In short: `examples/batches_by_size.rs`
//!
//! Needs: std only

use std::mem;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

/// Items on their way to become a batch.
///
/// # Example
///
/// ```
/// use std::sync::mpsc::{RecvTimeoutError, sync_channel};
/// use std::{num::NonZeroUsize, thread, time::{Duration, Instant}};
/// use complex_data::batcher::Batcher;
///
/// enum Message { Item(u32), Flush }
/// use Message::{Flush, Item};
///
/// let (message_tx, message_rx) = sync_channel(10);
/// let producer = thread::spawn(move || {
///     for message in [Item(1), Flush, Item(2), Item(3), Item(4)] {
///         message_tx.send(message).unwrap();
///     }
/// });
///
/// let mut batcher = Batcher::new(NonZeroUsize::new(2).unwrap(), Duration::from_secs(60));
/// let mut batches = Vec::new();
/// loop {
///     let received = match batcher.due() {
///         Some(due) => message_rx.recv_timeout(due.saturating_duration_since(Instant::now())),
///         None => message_rx.recv().map_err(RecvTimeoutError::from),
///     };
///     batches.extend(match received {
///         Ok(Item(item)) => batcher.push(item, Instant::now()),
///         Ok(Flush) | Err(RecvTimeoutError::Timeout) => batcher.take(),
///         Err(RecvTimeoutError::Disconnected) => break,
///     });
/// }
/// batches.extend(batcher.take());
/// producer.join().unwrap();
/// assert_eq!(batches, [vec![1], vec![2, 3], vec![4]]);
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
    #[must_use]
    pub fn new(max: NonZeroUsize, linger: Duration) -> Self {
        Self {
            items: Vec::new(),
            max: max.get(),
            linger,
            due: None,
        }
    }

    /// Adds `item`, and returns the batch when that makes it full, or when it is due `now`.
    ///
    /// # Panics
    ///
    /// When `max` items are more than `isize::MAX` bytes.
    #[must_use = "a batch that is returned is no longer in the batcher"]
    pub fn push(&mut self, item: T, now: Instant) -> Option<Vec<T>> {
        if self.items.is_empty() {
            self.items.reserve_exact(self.max);
            // `None`: a time beyond what the clock can represent never comes.
            self.due = now.checked_add(self.linger);
        }
        self.items.push(item);
        let due = self.due.is_some_and(|due| now >= due);
        if due || self.items.len() == self.max {
            self.take()
        } else {
            None
        }
    }

    /// Until when the loop may wait for more; `None` while there is no item, or when that time is
    /// beyond what the clock can represent.
    #[must_use]
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
