//! Keeps one value up to date for many tasks: each sees the latest, and the last before the end.
//!
//! ```text
//! publish -> [latest value] -> each follower: the one that is there, the latest, …, the last
//! ```
//!
//! Use it when only the newest value counts: configuration, progress, a state such as "ready". Not
//! for events of which each one counts: those are [`broadcast`] or [`mpsc`]. Between plain threads,
//! a `Mutex` and a `Condvar` do the same without a runtime.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | first | a follower begins with the value that is there | `a_follower_begins_with_the_value_that_is_there` |
//! | latest | values come in order; those overwritten meanwhile are skipped, the last is not | `values_are_skipped_but_never_the_last` |
//! | old value | dropped by the publisher, when the new one is out and the lock is free | `a_drop_of_the_old_value_finds_the_new_one_published` |
//! | once | no value is seen twice by a follower | `no_value_is_seen_twice` |
//! | slow follower | holds up nobody: no lock is held once `next` has returned | `a_slow_follower_delays_nobody` |
//! | no change | publishing an equal value wakes nobody | `an_equal_value_wakes_nobody` |
//! | nobody follows | the value is kept for those to come | `a_value_that_nobody_follows_is_kept` |
//! | cancelled | `next` can be dropped at any moment: the value comes with the next call | `a_cancelled_next_loses_nothing` |
//! | ends | last sender gone -> the last value, if not yet seen -> `None` | `a_hundred_channels_end` |
//!
//! [`broadcast`]: ../broadcast/index.html
//! [`mpsc`]: ../mpsc/index.html
//!
//! In short: `examples/watch_the_latest.rs`
//!
//! Needs: tokio 1 (features sync)

use std::mem;

use tokio::sync::watch::{Receiver, Sender};

/// Makes `value` the latest, and returns whether it differs from the one before.
///
/// Works without a follower, too, where the sender's own `send` fails and keeps the old value.
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
/// To wait for one state, `value_rx.wait_for(|state| ..)` is enough. Where values are large, put an
/// `Arc` into the channel.
///
/// # Example
///
/// ```
/// use async_tokio::watch::{follow, next, publish};
/// use tokio::sync::watch::channel;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (level_tx, _) = channel("info");
/// let mut level_rx = follow(&level_tx);
/// let follower = tokio::spawn(async move {
///     let mut last = None;
///     while let Some(level) = next(&mut level_rx).await {
///         last = Some(level); // Apply it, for as long as it takes.
///     }
///     last
/// });
/// publish(&level_tx, "debug");
/// publish(&level_tx, "warn");
/// drop(level_tx); // Ends the followers.
/// assert_eq!(follower.await?, Some("warn"));
/// # Ok(())
/// # }
/// ```
pub async fn next<T: Clone>(value_rx: &mut Receiver<T>) -> Option<T> {
    value_rx.changed().await.ok()?;
    // The borrow is a read lock, for which the publisher would block its thread: cloned, it ends
    // here. It marks as seen the very value that is cloned, which may be newer than the change.
    Some(value_rx.borrow_and_update().clone())
}
