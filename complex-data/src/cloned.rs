//! Keeps a value and sends copies of it: checkpoints of a state that goes on changing.
//!
//! ```text
//! items -> worker, which keeps the state -> [clones of it, bounded] -> caller
//! ```
//!
//! Use it when both sides need the value and at least one of them changes it, and a clone costs
//! little next to the work between two of them: counters, positions, small maps. Not when the
//! sender is done with the value: move it ([`owned`]). Not when nobody changes it: share it
//! ([`shared`]).
//!
//! A clone costs the sender's time: a copy of all that the value owns, and an allocation for each
//! `Vec`, `String` or `Box` in it. Some clones are not copies: that of an `Arc` or of a channel's
//! sender is a second handle to the same thing, also where it is only a field of the value.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | the state is that of the same fold in a loop, and a checkpoint that of its first items | `checkpoints_are_those_of_a_loop` |
//! | order | that of the items | `checkpoints_are_those_of_a_loop` |
//! | independence | changes to the state do not reach a checkpoint, nor the other way round | `a_checkpoint_and_the_state_are_independent` |
//! | cost | one clone for each checkpoint; the state itself is moved to the caller | `only_checkpoints_are_cloned` |
//! | full queue | the worker waits: it is never more than `capacity` + 1 checkpoints ahead of the caller | `the_worker_is_never_far_ahead_of_the_caller` |
//! | loss | only when the caller stops early: the checkpoints in flight; the worker stops at its next one, and the state so far is returned | `a_caller_that_stops_early_stops_the_worker` |
//! | `items` or `step` panics | `save` gets the checkpoints before it and sees the end, then the caller panics with the same payload | `a_panic_in_the_worker_reaches_the_caller` |
//! | ends | the items end -> the worker drops the sender and returns the state -> it is joined | `a_hundred_rounds_end` |
//!
//! [`owned`]: ../owned/index.html
//! [`shared`]: ../shared/index.html
//!
//! In short: `examples/keep_a_clone.rs`
//!
//! Needs: std only

use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Folds `items` into `state` on a thread of its own, and calls `save` on this thread with a
/// clone of the state after every `every` items. Returns the state at the end and what `save`
/// returned.
///
/// Up to `capacity` checkpoints wait for `save`; with 1, the worker goes on while one is being
/// saved.
///
/// `save` may stop before the checkpoints end, after an error for instance. The worker then stops
/// at its next checkpoint: it cannot be stopped from outside, and is waited for.
///
/// # Panics
///
/// With the panic of `items`, `step` or `save`, that of `save` if both threads panic; or when the
/// system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use complex_data::cloned::fold_with_checkpoints;
///
/// let every = NonZeroUsize::new(2).unwrap();
/// let (sum, saved) = fold_with_checkpoints(1..=5, 0, every, 1, |sum, n| *sum += n, |checkpoints| {
///     checkpoints.collect::<Vec<u64>>()
/// });
/// assert_eq!((sum, saved), (15, vec![3, 10]));
/// ```
pub fn fold_with_checkpoints<T, S: Clone + Send, Out>(
    items: impl Iterator<Item = T> + Send,
    mut state: S,
    every: NonZeroUsize,
    capacity: usize,
    mut step: impl FnMut(&mut S, T) + Send,
    save: impl FnOnce(&mut dyn Iterator<Item = S>) -> Out,
) -> (S, Out) {
    thread::scope(|scope| {
        let (checkpoint_tx, checkpoint_rx) = sync_channel(capacity);
        let fold = move || {
            // Starts over after each checkpoint: a count of all items could overflow 32 bits.
            let counts = (1..=every.get()).cycle();
            for (count, item) in counts.zip(items) {
                step(&mut state, item);
                // Keep one, send one. A failed send means that `save` has stopped.
                if count == every.get() && checkpoint_tx.send(state.clone()).is_err() {
                    break;
                }
            }
            state
        };
        let worker = thread::Builder::new()
            .name("worker".into())
            .spawn_scoped(scope, fold)
            .expect("the system has a thread left");
        // The receiver is gone at the end of this statement, also when `save` stops early or
        // panics: a worker that waits for room then learns that there will be none.
        let saved = save(&mut checkpoint_rx.into_iter());
        match worker.join() {
            Ok(state) => (state, saved),
            Err(payload) => resume_unwind(payload),
        }
    })
}
