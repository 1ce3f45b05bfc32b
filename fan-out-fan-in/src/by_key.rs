//! Fans items out to worker threads by key: the items of a key go to the same worker, in order.
//!
//! `items -> feeder -> hash of the key -> [capacity] for each worker -> [capacity] -> caller`
//!
//! Use it when the items of one customer, file or connection must be worked on in order, and those
//! of others meanwhile (a partition of Kafka, key routing of actors). Each worker has a clone of
//! the work, so what that knows about its keys needs no lock. Without such an order: `unordered.rs`
//! shares the load better, since here a key with many items keeps one worker busy.
//!
//! - Each item gives one result: in the order of the items for each key, in any order between keys.
//! - A full queue makes the feeder wait, even if other workers are idle: `items` is at most
//!   workers x (capacity + 1) + capacity + 1 items ahead of the caller.
//! - A panic of the work or of `items` reaches the caller.
//! - A caller that drops the iterator stops all threads; the items in flight are lost.
//!
//! In short: `examples/same_key_same_worker.rs` · Tests: `tests/by_key.rs`
//! Needs: crossbeam-channel 0.5.17

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher, Hash};
use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::thread::{self, Builder, Scope};

use crossbeam_channel::{Sender, bounded};

/// Starts threads in `scope` that call `work` for each item, and returns the results.
///
/// The hash of the `key` of an item chooses one of the `workers`, each of which has a clone of
/// `work`. Up to `capacity` items wait for each worker, and up to `capacity` results for the
/// caller. Memory for it is taken at the start; more than there is panics or aborts.
///
/// Dropping the iterator stops the threads: calls in progress finish, `items` is polled once more
/// at most. The scope joins them: an iterator that is leaked, or kept and not polled, makes it
/// wait.
///
/// ```
/// use std::collections::HashMap;
/// use fan_out_fan_in::by_key::fan_out;
///
/// let payments = [("ann", 5), ("bob", 1), ("ann", -2)];
/// let mut balances = HashMap::new();
/// let pay = move |(name, amount)| {
///     let balance = balances.entry(name).or_insert(0);
///     *balance += amount;
///     (name, *balance)
/// };
/// let last: HashMap<&str, i32> = std::thread::scope(|scope| {
///     fan_out(scope, payments, 4, 16, |payment| payment.0, pay).collect()
/// });
/// assert_eq!(last["ann"], 3);
/// ```
///
/// # Panics
///
/// When `workers` is 0, or when the system refuses to start a thread. The iterator panics with the
/// panic of `work`, `key` or `items`; once it is dropped, their panics are lost.
pub fn fan_out<'scope, T: Send + 'scope, K: Hash, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    key: impl Fn(&T) -> K + Send + 'scope,
    work: impl FnMut(T) -> R + Clone + Send + 'scope,
) -> impl Iterator<Item = R> + Send + 'scope {
    assert!(workers > 0, "there must be a worker");
    let (result_tx, result_rx) = bounded(capacity);
    let caller = Arc::new(()); // Gone when the iterator is dropped.

    let start_worker = |id| {
        let (job_tx, job_rx) = bounded(capacity);
        let (name, mut work) = (format!("worker-{id}"), work.clone());
        spawn(scope, name, &result_tx, move |result_tx| {
            for item in job_rx {
                if result_tx.send(Ok(work(item))).is_err() {
                    break; // The caller has stopped.
                }
            }
        });
        job_tx
    };
    let job_txs: Vec<Sender<T>> = (0..workers).map(start_worker).collect();

    let (mut items, alive) = (items.into_iter(), Arc::downgrade(&caller));
    spawn(scope, "feeder".into(), &result_tx, move |_| {
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        // A failed send alone would tell too late, with one more item taken.
        while alive.strong_count() > 0 {
            let Some(item) = items.next() else { break };
            let worker = hasher.hash_one(key(&item)) % workers as u64;
            let worker = usize::try_from(worker).expect("it is less than `workers`");
            if job_txs[worker].send(item).is_err() {
                break; // The caller has stopped, or that worker has panicked.
            }
        }
    });
    // Dropped in this order: who finds the results gone finds the caller gone, too.
    let ends = (caller, result_rx);
    iter::from_fn(move || {
        let (_caller, result_rx) = &ends;
        let result = result_rx.recv().ok()?;
        Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
    })
}

fn spawn<'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    result_tx: &Sender<thread::Result<R>>,
    body: impl FnOnce(&Sender<thread::Result<R>>) + Send + 'scope,
) {
    let result_tx = result_tx.clone();
    let thread = Builder::new().name(name).spawn_scoped(scope, move || {
        // The panic goes on in the caller; nobody looks at what it left behind.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(|| body(&result_tx))) {
            // Fails only when the caller has stopped, and no longer wants to know.
            let _ = result_tx.send(Err(payload));
        }
    });
    thread.expect("the system has a thread left");
}
