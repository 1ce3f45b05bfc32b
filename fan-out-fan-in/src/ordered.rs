//! Spreads items over worker threads and yields the results in the order of the items.
//!
//! ```text
//!          +------------- permits, `window` of them <--------------+
//!          v                                                       |
//! items -> feeder -> [numbered jobs] -> N workers -> [results] -> reorder -> caller
//! ```
//!
//! Use it when the output must look as if one thread had done the work, and the input is too large
//! to be held in memory. When the order does not matter, [`unordered`] is simpler; when all items
//! are in memory, [`with_rayon`] keeps the order too.
//!
//! Variants: [`async-tokio/bounded_concurrency`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is worked on once, and each result arrives once | `the_results_are_those_of_a_serial_map` |
//! | order | that of the items; a result is handed over as soon as all before it are | `a_slow_item_holds_back_what_is_behind_it` |
//! | full queue | the feeder waits: it is never more than `window` items ahead of the caller | `the_input_is_never_more_than_the_window_ahead` |
//! | loss | only when the caller stops early: the items in flight are dropped | `a_caller_that_stops_early_stops_everything` |
//! | caller stops | `items` is asked for no more | `a_caller_that_stops_early_ends_the_input_first` |
//! | `work` panics | the caller gets all results before that item, then panics with the same payload | `a_panic_in_the_work_comes_in_its_turn` |
//! | `items` panics | the same | `a_panic_in_the_input_comes_in_its_turn` |
//! | ends | input ends -> feeder drops jobs -> workers drop results -> caller sees the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! [`unordered`]: ../unordered/index.html
//! [`with_rayon`]: ../with_rayon/index.html
//! [`async-tokio/bounded_concurrency`]: ../../async_tokio/bounded_concurrency/index.html
//!
//! In short: `examples/in_input_order.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::iter;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread;

use crossbeam_channel::bounded;

/// Calls `work` for each item on one of `workers` threads, and `fan_in` on this thread with the
/// results in input order.
///
/// At most `window` items are between the input and `fan_in`: waiting, being worked on, or done and
/// held back by a slower one before them. This bounds the memory, whatever the length of the input.
/// Fewer than `workers` leave workers idle; a few times as many let them go on while one item takes
/// long. Memory for `window` results is taken at the start.
///
/// `fan_in` may stop before the results do. The items in flight are then finished or dropped,
/// `items` is asked for no more, and what `fan_in` returned is returned once all threads have
/// ended. A thread cannot be ended from outside: a call of `work` or of `items.next()` that is
/// under way is waited for.
///
/// # Panics
///
/// With the panic of `work`, `items` or `fan_in`; or when the system refuses to start a thread. A
/// panic of `work` or `items` after `fan_in` has stopped is not passed on.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use fan_out_fan_in::ordered::fan_out;
///
/// let (workers, window) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::new(8).unwrap());
/// let words = ["one", "three"].into_iter();
/// let lengths: Vec<_> = fan_out(words, workers, window, str::len, |lengths| lengths.collect());
/// assert_eq!(lengths, [3, 5]);
/// ```
pub fn fan_out<T: Send, R: Send, Out>(
    mut items: impl Iterator<Item = T> + Send,
    workers: NonZeroUsize,
    window: NonZeroUsize,
    work: impl Fn(T) -> R + Sync,
    fan_in: impl FnOnce(&mut dyn Iterator<Item = R>) -> Out,
) -> Out {
    let window = window.get();
    thread::scope(|scope| {
        // All channels live in here, so that they are gone before the scope waits for its threads,
        // even when `fan_in` panics. Jobs and results never wait for room: each has one of the
        // `window` permits, and so a place in both.
        let (permit_tx, permit_rx) = bounded(window);
        let (job_tx, job_rx) = bounded(window);
        let (result_tx, result_rx) = bounded(window);

        for id in 0..workers.get() {
            let (job_rx, result_tx, work) = (job_rx.clone(), result_tx.clone(), &work);
            let worker = move || {
                for (slot, item) in job_rx {
                    // Unwind safe: the panic goes on in the caller, and nothing is done with what
                    // it left behind.
                    let result = catch_unwind(AssertUnwindSafe(|| work(item)));
                    if result_tx.send((slot, result)).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            spawn(scope, format!("worker-{id}"), worker);
        }

        spawn(scope, "feeder".into(), move || {
            let mut slot = 0;
            let feed = || {
                // The permit comes first: an item that has no place is not even asked for. Once the
                // caller has stopped, there are no more permits.
                while permit_tx.send(()).is_ok() {
                    let Some(item) = items.next() else { break };
                    if job_tx.send((slot, item)).is_err() {
                        break; // The caller has stopped.
                    }
                    slot = (slot + 1) % window;
                }
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(feed)) {
                // Fails only when the caller has stopped, and then it does not want to know.
                let _ = result_tx.send((slot, Err(payload)));
            }
        });

        // Results that came before their turn. Slots are given out in turn, and no more than
        // `window` items are in flight, so each has a slot of its own.
        let mut early: Vec<Option<thread::Result<R>>> =
            iter::repeat_with(|| None).take(window).collect();
        let mut turn = 0;
        // The permits go with `results`, before any result does: it might take long to drop, and
        // the feeder would go on meanwhile.
        let (early, result_rx) = (&mut early, &result_rx);
        let mut results = iter::from_fn(move || {
            while early[turn].is_none() {
                let (slot, result) = result_rx.recv().ok()?;
                early[slot] = Some(result);
            }
            let result = early[turn].take()?;
            turn = (turn + 1) % window;
            // Cannot block: this result's permit is in there.
            permit_rx.recv().ok()?;
            Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
        });
        fan_in(&mut results)
    })
}

fn spawn<'scope>(
    scope: &'scope thread::Scope<'scope, '_>,
    name: String,
    body: impl FnOnce() + Send + 'scope,
) {
    thread::Builder::new()
        .name(name)
        .spawn_scoped(scope, body)
        .expect("the system has a thread left");
}
