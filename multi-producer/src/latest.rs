//! A slot that holds only the newest value: a slow reader skips what it missed.
//!
//! writer -> [the newest value] -> readers, each at its own pace
//!
//! Use it when only the newest value counts: a progress, a position, a configuration. When each
//! value counts: `broadcast.rs`. For tasks: `../async-tokio/src/watch.rs`.
//!
//! - A reader waits for a value newer than the last that it received, with a time limit if it wants
//!   one. It sees no value twice, and none that is older than one it has seen.
//! - The writer never waits for a reader; what nobody has received is replaced, and so lost.
//! - The last value is never lost: each reader receives it before it sees the end.
//! - It ends when the writer is dropped. A writer learns when all readers are gone.
//!
//! In short: `examples/only_the_latest_value.rs` · Tests: `tests/latest.rs`
//! Needs: std only

use std::sync::mpsc::RecvTimeoutError;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Makes an empty slot.
///
/// # Example
///
/// ```
/// use std::thread;
/// use multi_producer::latest::slot;
///
/// let (percent, shown) = slot();
/// let writer = thread::spawn(move || (1..=100).for_each(|n| _ = percent.set(n)));
/// assert_eq!(shown.last(), Some(100));
/// writer.join().unwrap();
/// ```
pub fn slot<T>() -> (Writer<T>, Reader<T>) {
    let slot = Arc::new(Slot {
        state: Mutex::new(State {
            newest: None,
            version: 0,
            closed: false,
        }),
        changed: Condvar::new(),
    });
    let reader = Reader {
        slot: Arc::clone(&slot),
        seen: 0,
    };
    (Writer(slot), reader)
}

#[derive(Debug)]
struct Slot<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    newest: Option<Arc<T>>,
    /// How many values there have been.
    version: u64,
    closed: bool,
}

impl<T> Slot<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // Never poisoned: values are cloned and dropped without the lock.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end that sets the value. Dropping it ends the slot. Several threads may share it in an
/// [`Arc`], and replace each other's value: where each has a part, they change the whole under a
/// lock, and set it there.
#[derive(Debug)]
pub struct Writer<T>(Arc<Slot<T>>);

impl<T> Writer<T> {
    /// Replaces the value, and returns whether there is a reader left.
    pub fn set(&self, value: T) -> bool {
        let mut state = self.0.lock();
        state.version += 1;
        // Dropped at the end, without the lock: that may take long, or use this very slot.
        let _old = state.newest.replace(Arc::new(value));
        drop(state);
        self.0.changed.notify_all();
        Arc::strong_count(&self.0) > 1
    }
}

impl<T> Drop for Writer<T> {
    fn drop(&mut self) {
        self.0.lock().closed = true;
        self.0.changed.notify_all();
    }
}

/// An end that receives values: with [`recv_timeout`](Self::recv_timeout), or as an iterator, which
/// waits without a limit. A clone is one more reader; it has received what this one has.
#[derive(Debug, Clone)]
pub struct Reader<T> {
    slot: Arc<Slot<T>>,
    seen: u64,
}

impl<T: Clone> Reader<T> {
    /// A clone of the value, as soon as it is one that this reader has not yet received.
    ///
    /// # Errors
    ///
    /// When there is none within `limit`, or the writer is gone and this reader has received its
    /// last value.
    pub fn recv_timeout(&mut self, limit: Duration) -> Result<T, RecvTimeoutError> {
        let seen = self.seen;
        let nothing_new = |state: &mut State<T>| state.version == seen && !state.closed;
        let changed = &self.slot.changed;
        let waited = changed.wait_timeout_while(self.slot.lock(), limit, nothing_new);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match &state.newest {
            Some(newest) if state.version > seen => {
                self.seen = state.version;
                let newest = Arc::clone(newest);
                drop(state); // A clone of the value may take long, or use this very slot.
                Ok(T::clone(&newest))
            }
            _ if state.closed => Err(RecvTimeoutError::Disconnected),
            _ => Err(RecvTimeoutError::Timeout),
        }
    }
}

impl<T: Clone> Iterator for Reader<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        // In practice, that is no limit.
        self.recv_timeout(Duration::MAX).ok()
    }
}
