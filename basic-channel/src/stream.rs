//! Streams items from a producer thread to the caller, until either of them is done.
//!
//! items -> producer -> [up to `capacity`] -> caller
//!
//! Use it when making the items and using them should overlap, as in reading and parsing. Not when
//! an item is made in less time than a message costs (30 to 800 ns): send chunks, or stay on one
//! thread. When a full queue should do more than make the producer wait: `back_pressure.rs`. For
//! tasks: `../async-tokio/src/mpsc.rs`.
//!
//! - The caller sees what a loop over `items` sees, in the same order and a panic included.
//! - A full queue makes the producer wait: `items` is at most `capacity` + 1 items ahead of what
//!   the caller has asked for.
//! - A caller that drops the iterator stops the producer; the items in flight are lost.
//!
//! In short: `examples/receive_until_the_end.rs` · Tests: `tests/stream.rs`
//! Needs: std only

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::{self, Builder, Scope};

/// Starts a thread in `scope` that runs through `items`, and returns them as they come.
///
/// For standard input, pass `BufReader::new(io::stdin()).lines()`: `io::stdin().lines()` holds a
/// lock, which cannot go to another thread.
///
/// Up to `capacity` items wait for the caller; 0 hands each over directly. A capacity of some ten
/// evens out a varying pace; the smaller the items, the more a larger one (1,000, say) saves, since
/// the threads then sleep and wake less often. Memory for `capacity` items is taken at the start; a
/// capacity that memory cannot hold panics or aborts.
///
/// Dropping the iterator stops the thread: the input is polled at most once more, and a call of
/// `items.next()` that is in progress is allowed to finish. The scope joins the thread. An iterator
/// that is leaked, or kept and not polled, makes the scope wait.
///
/// # Panics
///
/// When the system refuses to start a thread. The iterator panics with the panic of `items`; once
/// it is dropped, that panic is lost.
///
/// # Example
///
/// ```
/// use basic_channel::stream::stream;
///
/// let squares = (1..).map(|n: u64| n * n);
/// let sum: u64 = std::thread::scope(|scope| {
///     stream(scope, squares, 16).take_while(|&n| n < 100).sum()
/// });
/// assert_eq!(sum, 285);
/// ```
pub fn stream<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    capacity: usize,
) -> impl Iterator<Item = T> + 'scope {
    let (item_tx, item_rx) = sync_channel(capacity);
    // To sleep and be woken costs more than a few microseconds of work: where one side can run
    // ahead, it gives the other a chance first. (crossbeam's channels do so by themselves.)
    let patience = if capacity == 0 { 0 } else { 10 };

    let items = items.into_iter();
    let producer = move || {
        let run = || {
            for item in items {
                if !send(&item_tx, Ok(item), patience) {
                    break; // The caller has stopped.
                }
            }
        };
        // The panic goes on in the caller; nobody looks at what it left behind.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
            // Fails only when the caller has stopped, and no longer wants to know.
            let _ = item_tx.send(Err(payload));
        }
    };
    let thread = Builder::new().name("producer".into());
    let thread = thread.spawn_scoped(scope, producer);
    thread.expect("the system has a thread left");

    iter::from_fn(move || {
        let received = (0..patience).find_map(|_| {
            let received = item_rx.try_recv().ok();
            if received.is_none() {
                thread::yield_now();
            }
            received
        });
        let item: thread::Result<T> = received.or_else(|| item_rx.recv().ok())?;
        Some(item.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}

/// Whether somebody receives it.
fn send<T>(item_tx: &SyncSender<T>, mut item: T, patience: usize) -> bool {
    for _ in 0..patience {
        match item_tx.try_send(item) {
            Err(TrySendError::Full(unsent)) => item = unsent,
            sent => return sent.is_ok(),
        }
        thread::yield_now();
    }
    item_tx.send(item).is_ok()
}
