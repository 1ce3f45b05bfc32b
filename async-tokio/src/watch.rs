//! Keeps one value up to date for many tasks: each sees the latest, and the last before the end.
//!
//! `publish -> [latest value] -> each follower: the one that is there, the latest, …, the last`
//!
//! Use it when only the newest value counts: configuration, progress, a state such as "ready". For
//! events of which each one counts: `broadcast.rs` or `mpsc.rs`. Between threads: a `Mutex` and a
//! `Condvar`.
//!
//! - A follower begins with the value that is there. Then values come in order, none twice; those
//!   that were overwritten meanwhile are skipped, the last is not.
//! - A slow follower holds up nobody.
//! - An equal value wakes nobody; a value that nobody follows is kept.
//! - The publisher drops the old value when the new one is out.
//! - `next` can be dropped at any moment: the value comes with the next call.
//! - When the last sender is gone, the last value comes, unless it was seen, then `None`.
//!
//! In short: `examples/watch_the_latest.rs` · Tests: `tests/watch.rs`
//! Needs: tokio 1.44.2 (features sync)

use std::mem;

use tokio::sync::watch::{Receiver, Sender};

/// Makes `value` the latest, and returns whether it differs from the one before.
///
/// Works without a follower, too, where the sender's own `send` fails and keeps the old value. A
/// value whose `==` or `clone` uses this channel would wait for itself forever.
pub fn publish<T: PartialEq>(value_tx: &Sender<T>, mut value: T) -> bool {
    value_tx.send_if_modified(|latest| {
        let changed = *latest != value;
        if changed {
            // The old value is dropped when the lock is free and the followers know: its drop may
            // take long, look at this channel, or panic.
            mem::swap(latest, &mut value);
        }
        changed
    })
}

/// Returns a follower that begins with the value that is there; `subscribe` alone would wait for
/// the one after it.
pub fn follow<T>(value_tx: &Sender<T>) -> Receiver<T> {
    let mut value_rx = value_tx.subscribe();
    value_rx.mark_changed();
    value_rx
}

/// Waits for a value that this follower has not seen, and returns a clone; `None` once all senders
/// are gone and the last value was seen.
///
/// To wait for one state, `value_rx.wait_for(|state| ..)` is enough. For large values, put an `Arc`
/// into the channel.
///
/// # Example
///
/// ```
/// use async_tokio::watch::{follow, next, publish};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let (level_tx, _) = tokio::sync::watch::channel("info");
/// let mut level_rx = follow(&level_tx);
/// assert_eq!(next(&mut level_rx).await, Some("info"));
/// publish(&level_tx, "debug");
/// publish(&level_tx, "warn");
/// drop(level_tx); // Ends the followers.
/// assert_eq!(next(&mut level_rx).await, Some("warn"));
/// assert_eq!(next(&mut level_rx).await, None);
/// # }
/// ```
pub async fn next<T: Clone>(value_rx: &mut Receiver<T>) -> Option<T> {
    value_rx.changed().await.ok()?;
    // The borrow is a read lock, for which the publisher would block its thread: cloned, it ends
    // here. It marks as seen the very value that is cloned, which may be newer than the change.
    Some(value_rx.borrow_and_update().clone())
}
