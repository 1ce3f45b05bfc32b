//! Keeps a value and sends copies of it: checkpoints of a state that goes on changing.
//!
//! items -> worker, which keeps the state -> [clones of it, capacity] -> caller
//!
//! Use it when both sides need the value and one of them changes it, and a clone costs little next
//! to the work between two of them. When the sender is done with the value, move it: `owned.rs`.
//! When nobody changes it, share it: `shared.rs`.
//!
//! - A checkpoint is the state that a loop over the items has at that point. It shares nothing.
//! - One clone for each checkpoint; the state itself is moved to the caller at the end.
//! - A full queue makes the worker wait: it is at most capacity + 1 checkpoints ahead.
//! - A caller that drops the receiver stops the worker at its next checkpoint, and still gets the
//!   state so far. The checkpoints in flight are lost.
//! - A panic of the items or the step comes out of the join; the checkpoints before it arrive.
//!
//! In short: `examples/keep_a_clone.rs` · Tests: `tests/cloned.rs`
//! Needs: std only

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// Folds `items` into `state` on a thread in `scope`. Returns the receiver of a clone of the state
/// after every `every` items, and the worker, whose `join` returns the state at the end.
///
/// Up to `capacity` checkpoints wait for the caller; with 1, the worker goes on while one is being
/// saved. Memory for them is taken at the start; a capacity that memory cannot hold panics or
/// aborts.
///
/// Drop the receiver before the join, as a `for` loop over it does: a worker that waits for room
/// would wait forever.
///
/// A clone is a copy of all that the value owns, with an allocation for each `Vec`, `String` or
/// `Box` in it. That of an `Arc` or a sender is no copy: a second handle to the same thing.
///
/// # Panics
///
/// When `every` is 0, or when the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use complex_data::cloned::fold_with_checkpoints;
///
/// std::thread::scope(|scope| {
///     let (sums, worker) = fold_with_checkpoints(scope, 1..=5, 0, 2, 1, |sum, n| *sum += n);
///     assert!(sums.into_iter().eq([3, 10]));
///     assert_eq!(worker.join().unwrap(), 15);
/// });
/// ```
pub fn fold_with_checkpoints<'scope, T, S: Clone + Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    mut state: S,
    every: usize,
    capacity: usize,
    mut step: impl FnMut(&mut S, T) + Send + 'scope,
) -> (Receiver<S>, ScopedJoinHandle<'scope, S>) {
    assert!(every > 0, "there must be an item between two checkpoints");
    let (checkpoint_tx, checkpoint_rx) = sync_channel(capacity);
    let items = items.into_iter();
    let fold = move || {
        // Starts over after each checkpoint: a count of all items could overflow 32 bits.
        for (count, item) in (1..=every).cycle().zip(items) {
            step(&mut state, item);
            // Keep one, send one. A failed send means that the caller has stopped.
            if count == every && checkpoint_tx.send(state.clone()).is_err() {
                break;
            }
        }
        state
    };
    let worker = Builder::new()
        .name("worker".into())
        .spawn_scoped(scope, fold);
    (checkpoint_rx, worker.expect("the system has a thread left"))
}
