//! Streams items from a producer thread to the caller, who says what a full queue means: wait, drop
//! the item, or keep it for later.
//!
//! items -> producer -> [capacity, and your choice when it is full] -> caller
//!
//! Use it when the producer can be faster than the caller, and should not just wait: for that,
//! `stream.rs` has one argument fewer, and is faster. Not to drop the oldest item in place of the
//! newest: the sending side of a std channel cannot.
//!
//! With crossbeam-channel, import `crossbeam_channel::{TrySendError, bounded as sync_channel}`; all
//! else stays. Only then can your copy do more: wait for room with a limit (`send_deadline`), tell
//! how full the queue is (`len`), take the oldest item out (a second receiver), `select!`.
//!
//! - Items arrive in order. The queue holds exactly `capacity` of them: with one more in hand, the
//!   producer calls `when_full`. With 0, there is room only while the caller waits for an item.
//! - A panic of `items` or `when_full` reaches the caller after all items that were sent before.
//! - A caller that drops the iterator stops the producer; the items in flight are lost.
//!
//! In short: `examples/bounded_sender_waits.rs` · Tests: `tests/back_pressure.rs`
//! Needs: std only

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{TrySendError, sync_channel};
use std::thread::{self, Builder, Scope};

/// Starts a thread in `scope` that runs through `items`, and returns them as they come.
///
/// When there is no room, that thread calls `when_full` with the item:
/// - `Some(item)`: it waits for room (`Some` itself is a function that always does so);
/// - `None`: it goes on with the next. This one has been dropped, or kept for later.
///
/// Memory for `capacity` items is taken at the start; a capacity that memory cannot hold panics or
/// aborts.
///
/// Dropping the iterator stops the thread: the input is polled at most once more, and a call of
/// `items.next()` or `when_full` that is in progress is allowed to finish. The scope joins the
/// thread. An iterator that is leaked, or kept and not polled, makes the scope wait.
///
/// # Panics
///
/// When the system refuses to start a thread. The iterator panics with the panic of `items` or
/// `when_full`; once it is dropped, that panic is lost.
///
/// # Example
///
/// ```
/// use basic_channel::back_pressure::stream;
///
/// let mut refused = Vec::new();
/// let keep = |number| {
///     refused.push(number);
///     None
/// };
/// let taken = std::thread::scope(|scope| stream(scope, 1..=100, 8, keep).count());
/// assert_eq!(taken + refused.len(), 100);
/// ```
pub fn stream<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    capacity: usize,
    when_full: impl FnMut(T) -> Option<T> + Send + 'scope,
) -> impl Iterator<Item = T> + 'scope {
    let (item_tx, item_rx) = sync_channel(capacity);
    let items = items.into_iter();
    let producer = move || {
        let run = || {
            let mut when_full = when_full; // Here, so that a panic in its drop is caught, too.
            for item in items {
                let sent = match item_tx.try_send(Ok(item)) {
                    Err(TrySendError::Full(Ok(item))) => {
                        when_full(item).is_none_or(|item| item_tx.send(Ok(item)).is_ok())
                    }
                    sent => sent.is_ok(),
                };
                if !sent {
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
        let item: thread::Result<T> = item_rx.recv().ok()?;
        Some(item.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}
