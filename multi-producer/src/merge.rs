//! Merges what many sources give into one stream, each source read by a thread of its own.
//!
//! `source 0, source 1, source 2 -> a producer for each -> [capacity] -> caller`
//!
//! Use it when several inputs arrive at their own pace and one thread takes whatever comes next.
//! For several consumers: `mpmc.rs`. For tasks: `../async-tokio/src/mpsc.rs`.
//!
//! - Each item arrives once, those of one source in their order. A slow source holds up no other.
//! - A full queue makes the producers wait: together the sources are at most capacity + 1 for each
//!   source items ahead of the caller.
//! - A panic of a source reaches the caller after the items before it, without waiting for the
//!   other sources.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//! - No source is polled before all threads are there: if one cannot be started, none waits for
//!   input.
//!
//! In short: `examples/clone_the_sender.rs` · Tests: `tests/merge.rs`
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex};
use std::thread::{self, Builder, Scope};

/// Starts a thread in `scope` for each of `sources`, and returns the items of all, as they come.
///
/// Up to `capacity` items wait for the caller; 0 hands each over directly. A small capacity
/// suffices for large items; the smaller the items, the more a large one saves, since threads then
/// sleep and wake less often. For items that cost less than a microsecond, send batches of them.
/// Memory for `capacity` items is taken at the start; a capacity that memory cannot hold panics or
/// aborts.
///
/// Each source is turned into an iterator, polled and dropped by its own thread, where a lazy one
/// may open a file or a connection.
///
/// Dropping the iterator stops the threads: each source is polled at most once more, and a call of
/// its `next()` that is in progress is allowed to finish. The scope joins them. An iterator that is
/// leaked, or kept and not polled, makes the scope wait.
///
/// # Panics
///
/// When the system refuses to start a thread. The iterator panics with the panic of a source; once
/// it is dropped, their panics are lost.
///
/// # Example
///
/// ```
/// use multi_producer::merge::merge;
///
/// let sum: u64 = std::thread::scope(|scope| merge(scope, [1..=10, 11..=100], 16).sum());
/// assert_eq!(sum, 5_050);
/// ```
pub fn merge<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    sources: impl IntoIterator<Item = impl IntoIterator<Item = T> + Send + 'scope>,
    capacity: usize,
) -> impl Iterator<Item = T> + 'scope {
    let (item_tx, item_rx) = sync_channel(capacity);
    // Locked until all threads are there. A panic before that poisons it, and they end: nobody
    // could end a thread that waits for a silent source.
    let gate = Arc::new(Mutex::new(()));
    let _closed = gate.lock();

    for (id, source) in sources.into_iter().enumerate() {
        let (item_tx, gate) = (item_tx.clone(), Arc::clone(&gate));
        let producer = move || {
            // Takes the source along: a panic in its drop is caught too.
            let produce = || {
                if gate.lock().is_err() {
                    return;
                }
                for item in source {
                    if item_tx.send(Ok(item)).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            // The panic goes on in the caller; nobody looks at what it left behind.
            if let Err(payload) = catch_unwind(AssertUnwindSafe(produce)) {
                // Fails only when the caller has stopped, and no longer wants to know.
                let _ = item_tx.send(Err(payload));
            }
        };
        let name = format!("producer-{id}");
        let thread = Builder::new().name(name).spawn_scoped(scope, producer);
        thread.expect("the system has a thread left");
    }
    let items = item_rx.into_iter();
    items.map(|item: thread::Result<T>| item.unwrap_or_else(|payload| resume_unwind(payload)))
}
