//! Fans items out to worker threads, and gives the results in the order of the items.
//!
//! `items, behind a lock -> workers -> [(number, result)] -> early ones wait -> caller: 0, 1, 2, …`
//!
//! Use it when the output must look as if one thread had done the work. When the order does not
//! matter: `unordered.rs`. When all items are in memory, `with_rayon.rs` keeps the order too. For
//! tasks: `../async-tokio/src/ordered.rs`.
//!
//! - Each item gives one result, in the order of the items, as soon as all before it are given.
//! - The workers wait when they are ahead: `items` is at most capacity + workers items ahead of the
//!   caller, however long one item takes.
//! - A panic of the work comes in its turn, a panic of `items` after all results. An error may be a
//!   result: `collect::<Result<Vec<_>, _>>()`, or `?` in a loop, drops the iterator at the first.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/in_input_order.rs` · Tests: `tests/ordered.rs`
//! Needs: crossbeam-channel 0.5.17

use std::collections::HashMap;
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::thread::{Builder, Scope};

use crossbeam_channel::{bounded, unbounded};

/// In place of a number: comes after all results.
const AT_THE_END: usize = usize::MAX;

/// Starts threads in `scope` that call `work` for each item, and returns the results in order.
///
/// Up to `capacity` results wait for the caller, or for a slow one before them: a few times as many
/// as workers let these go on while one item takes long. Memory for that is taken at the start;
/// more than there is panics or aborts.
///
/// Dropping the iterator stops the threads: calls in progress finish, `items` is polled once more
/// at most. The scope joins them: an iterator that is leaked, or kept and not polled, makes it
/// wait.
///
/// ```
/// use fan_out_fan_in::ordered::fan_out;
///
/// let lengths: Vec<usize> = std::thread::scope(|scope| {
///     fan_out(scope, ["one", "three"], 4, 16, str::len).collect()
/// });
/// assert_eq!(lengths, [3, 5]);
/// ```
///
/// # Panics
///
/// When `workers` is 0, or when the system refuses to start a thread. The iterator panics with the
/// panic of `work` or `items`; once it is dropped, their panics are lost.
pub fn fan_out<'scope, T: 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (place_tx, place_rx) = bounded(capacity.saturating_add(workers));
    // The places are its bound. Unlike a bounded one, it is emptied when the caller stops.
    let (result_tx, result_rx) = unbounded();

    let shared = Arc::new((Mutex::new(items.into_iter().enumerate().fuse()), work));
    // Locked until all threads are there. A panic before that poisons it, and they end: nobody
    // could end one that waits for a silent input.
    let closed = shared.0.lock();
    for id in 0..workers {
        let shared = Arc::clone(&shared);
        let (place_tx, result_tx) = (place_tx.clone(), result_tx.clone());
        let worker = move || {
            let last_tx = result_tx.clone();
            let run = move || {
                let (items, work) = &*shared;
                // A function, so that the lock is free while the item is worked on. The place comes
                // first: once the caller has stopped, there is none, and no item is taken.
                let next = || {
                    let mut items = items.lock().ok()?;
                    place_tx.send(()).ok()?;
                    items.next()
                };
                while let Some((number, item)) = next() {
                    // The panic goes on in the caller; nobody looks at what it left behind.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    // Fails only when the caller has stopped: then there is no place either.
                    let _ = result_tx.send((number, result));
                }
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
                // Fails only when the caller has stopped, and no longer wants to know.
                let _ = last_tx.send((AT_THE_END, Err(payload)));
            }
        };
        let name = format!("worker-{id}");
        let thread = Builder::new().name(name).spawn_scoped(scope, worker);
        thread.expect("the system has a thread left");
    }
    drop(closed);
    // Dropped in this order: a result may take long to drop, and the workers would go on meanwhile.
    let mut ends = (place_rx, result_rx, HashMap::new());
    let mut turn = 0;
    iter::from_fn(move || {
        let (place_rx, result_rx, early) = &mut ends;
        let result = loop {
            if let Some(result) = early.remove(&turn) {
                break result;
            }
            match result_rx.recv() {
                Ok((number, result)) => early.insert(number, result),
                Err(_) => break early.remove(&AT_THE_END)?,
            };
        };
        turn += 1;
        // Does not wait: the place of this result is in there, or nobody is left to need it.
        let _ = place_rx.recv();
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}
