//! Gives the same data to several workers without copying it: each gets an `Arc` of each buffer,
//! over a channel of its own.
//!
//! ```text
//!                    +-> [Arc, bounded] -> worker 0 -> [result, bounded] -+
//! buffers -> feeder -+-> [Arc, bounded] -> worker 1 -> [result, bounded] -+-> rows -> caller
//!                    +-> [Arc, bounded] -> worker 2 -> [result, bounded] -+
//! ```
//!
//! Use it when buffers come and go, and several threads read each of them. A buffer needs no owner:
//! whoever is done with it last frees it. Not for one buffer that outlives the threads: in
//! `thread::scope` they can borrow it. Not to give each buffer to one worker: send the `Vec`
//! itself.
//!
//! `Arc<[T]>` holds the counts and the data in one allocation, where `Arc<Vec<T>>` holds a pointer
//! to another: one step less to the data. The price: `Arc::from(vec)` copies the data once. Fill it
//! in place (`collect`, `Arc::get_mut`), or use `Arc<Vec<T>>` when you already have a large `Vec`.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | sharing | all analyses read the very same memory | `nothing_is_copied` |
//! | result | each analysis sees each buffer once | `the_rows_are_those_of_a_loop` |
//! | order | the rows are in the order of the buffers, the results of a row in that of the analyses | `the_rows_are_those_of_a_loop` |
//! | memory | a buffer is freed when the last analysis of it ends, before its row arrives | `a_buffer_is_gone_when_its_row_arrives` |
//! | full queue | the feeder waits: it is never more than 2 × `capacity` + 3 buffers ahead of the caller | `the_input_is_never_far_ahead_of_the_caller` |
//! | loss | only when the caller stops early: the buffers in flight are dropped | `a_caller_that_stops_early_stops_everything` |
//! | an analysis panics, or the drop of a buffer | the caller gets the rows before that buffer, then panics with the same payload | `a_panic_in_an_analysis_comes_in_its_turn`, `a_panic_in_the_drop_of_a_buffer_comes_in_its_turn` |
//! | `buffers` panics, or its drop | the same | `a_panic_in_the_input_comes_in_its_turn`, `a_panic_in_the_drop_of_the_input_comes_after_all_rows` |
//! | … after the caller has stopped | neither panic is passed on | `a_panic_that_the_caller_does_not_come_to_is_not_passed_on` |
//! | ends | input ends -> feeder drops jobs -> workers drop results -> caller sees the end; all threads are joined | `a_hundred_rounds_end` |
//!
//! In short: `examples/share_with_arc.rs`
//!
//! Needs: std only

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

/// Calls each of `analyses` for each of `buffers`, each analysis on a thread of its own, and
/// `fan_in` on this thread with a row of results for each buffer.
///
/// Up to `capacity` buffers wait for each analysis and up to `capacity` results of each for
/// `fan_in`. The slowest analysis sets the pace; a capacity of 1 or 2 lets the others run ahead of
/// it a little.
///
/// `fan_in` may stop before the rows end. The buffers in flight are then dropped, `buffers` is
/// asked for no more, and what `fan_in` returned is returned once all threads have ended. A thread
/// cannot be stopped from outside: an analysis or a call of `buffers.next()` that is under way is
/// waited for. Without analyses there are no rows, and no buffer is asked for.
///
/// # Panics
///
/// With the panic of an analysis, `buffers` or `fan_in`; or when the system refuses to start a
/// thread. The panic of an analysis or `buffers` that `fan_in` has not come to when it stops is not
/// passed on. `fan_in` must not catch one and go on: rows after it would mix different buffers.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use complex_data::shared::analyse;
///
/// let buffers = [Arc::from([3, 1, 2]), Arc::from([5, 5])].into_iter();
/// let analyses: [fn(&[u32]) -> u32; 2] = [
///     |data| data.iter().sum(),
///     |data| data.iter().copied().max().unwrap_or(0),
/// ];
/// let rows: Vec<Vec<u32>> = analyse(buffers, 1, &analyses, |rows| rows.collect());
/// assert_eq!(rows, [[6, 3], [10, 5]]);
/// ```
pub fn analyse<T: Send + Sync, R: Send, Out>(
    buffers: impl Iterator<Item = Arc<[T]>> + Send,
    capacity: usize,
    analyses: &[impl Fn(&[T]) -> R + Sync],
    fan_in: impl FnOnce(&mut dyn Iterator<Item = Vec<R>>) -> Out,
) -> Out {
    if analyses.is_empty() {
        return fan_in(&mut iter::empty());
    }
    thread::scope(|scope| {
        // All channels are created in here, so that they are gone before the scope waits for its
        // threads, even when `fan_in` panics: a thread that waits for room or for work then learns
        // that there will be none.
        let (mut job_txs, mut result_rxs) = (Vec::new(), Vec::new());
        for (number, analysis) in analyses.iter().enumerate() {
            let (job_tx, job_rx) = sync_channel::<thread::Result<Arc<[T]>>>(capacity);
            let (result_tx, result_rx) = sync_channel(capacity);
            job_txs.push(job_tx);
            result_rxs.push(result_rx);
            let worker = move || {
                for job in job_rx {
                    // Takes this worker's `Arc` along: it is dropped before the result is sent, and
                    // a panic in the drop of the buffer is caught, too. Unwind safe: the panic
                    // continues in the caller, and nothing is done with what it left behind.
                    let result = job.and_then(|buffer| {
                        catch_unwind(AssertUnwindSafe(move || analysis(&buffer)))
                    });
                    if result_tx.send(result).is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            spawn(scope, format!("worker-{number}"), worker);
        }

        spawn(scope, "feeder".into(), move || {
            // Takes the input along, so that a panic in its drop is caught, too.
            let feed = || {
                for buffer in buffers {
                    // One clone for each worker but the last, which gets the original: the feeder
                    // keeps none, and cannot be the last to drop the buffer.
                    let mut shares = job_txs.iter().zip(iter::repeat_n(buffer, job_txs.len()));
                    let sent = shares.try_for_each(|(job_tx, buffer)| job_tx.send(Ok(buffer)));
                    if sent.is_err() {
                        break; // The caller has stopped.
                    }
                }
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(feed)) {
                // Through a worker, so that it comes after all rows before it. Fails only when the
                // caller has stopped: then nobody is left to tell.
                let _ = job_txs[0].send(Err(payload));
            }
        });

        let mut rows = iter::from_fn(|| {
            let results = result_rxs.iter().map(|result_rx| {
                let result = result_rx.recv().ok()?;
                Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
            });
            results.collect()
        });
        fan_in(&mut rows)
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
