//! Runs each step of a computation on a thread of its own, joined by bounded channels; the first
//! error stops them all.
//!
//! ```text
//! input -> stage 1 -> [bounded] -> stage 2 -> [bounded] -> … -> caller
//! ```
//!
//! Use it when steps differ in kind (read, parse, write) and should overlap, each with state of its
//! own. A pipeline is no faster than its slowest step: where one step is slow, spread it over
//! workers with [`ordered`] instead.
//!
//! A stage is an iterator adaptor: it takes an iterator of `Result`s and is one. An error travels
//! down the line like any other item, and each stage ends with the first that it sees. It drops its
//! input as it ends, which ends the stage before it, and so on up to the source. A stage notices
//! that the next one has ended when it has an item for it: a source that waits delays the end.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | that of the same steps in one loop, errors included | `a_pipeline_does_what_a_loop_does` |
//! | order | that of the input | `a_pipeline_does_what_a_loop_does` |
//! | overlap | stages run at the same time | `stages_work_at_the_same_time` |
//! | full queue | the stage waits: it is never more than `capacity` + 1 items ahead of the next one | `a_stage_is_never_far_ahead_of_the_next` |
//! | first error | what came before it arrives, then it, then the end; all stages stop | `the_first_error_stops_all_stages` |
//! | loss | after an error, or when the caller stops early: the items in flight are dropped | `a_caller_that_stops_early_stops_all_stages` |
//! | a stage panics | what came before arrives, then the caller panics with the same payload | `a_panic_in_a_stage_reaches_the_caller` |
//! | ends | a stage drops its sender -> the next sees the end; the scope joins all threads | `a_hundred_rounds_end` |
//!
//! [`ordered`]: ../ordered/index.html
//!
//! In short: `examples/a_pipeline.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::iter;
use std::panic::resume_unwind;
use std::thread::{Scope, ScopedJoinHandle};

use crossbeam_channel::bounded;

/// Starts a thread in `scope` that applies `work` to the items of `input`, and returns an iterator
/// over what comes out.
///
/// Up to `capacity` items wait for the next stage; 0 hands each over directly. More than a few only
/// help where the pace of a stage varies.
///
/// The returned iterator must be consumed or dropped within the scope, or its stage waits for room
/// for ever.
///
/// # Panics
///
/// When the system refuses to start a thread. The iterator panics with the panic of `work` or
/// `input`; once it has been dropped, the scope panics instead, without their payload.
///
/// # Example
///
/// ```
/// use std::{num::ParseIntError, thread};
/// use fan_out_fan_in::pipeline::stage;
///
/// fn sum_of_squares(lines: &[&str]) -> Result<u64, ParseIntError> {
///     thread::scope(|scope| {
///         let numbers = stage(scope, 4, lines.iter().map(Ok), |line| line.parse::<u64>());
///         let squares = stage(scope, 4, numbers, |n| Ok(n * n));
///         squares.sum()
///     })
/// }
/// assert_eq!(sum_of_squares(&["1", "2", "3"]), Ok(14));
/// assert!(sum_of_squares(&["1", "two", "3"]).is_err());
/// ```
pub fn stage<'scope, T, R, E>(
    scope: &'scope Scope<'scope, '_>,
    capacity: usize,
    input: impl Iterator<Item = Result<T, E>> + Send + 'scope,
    mut work: impl FnMut(T) -> Result<R, E> + Send + 'scope,
) -> impl Iterator<Item = Result<R, E>> + Send
where
    R: Send + 'scope,
    E: Send + 'scope,
{
    let (output_tx, output_rx) = bounded(capacity);
    let mut thread = Some(scope.spawn(move || {
        for item in input {
            let output = item.and_then(&mut work);
            let failed = output.is_err();
            // A failed send means that the next stage has ended.
            if output_tx.send(output).is_err() || failed {
                break;
            }
        }
    }));
    iter::from_fn(move || {
        let output = output_rx.recv().ok();
        if output.is_none() {
            // The stage has ended: with its input, or by a panic, which goes on from here.
            if let Some(Err(payload)) = thread.take().map(ScopedJoinHandle::join) {
                resume_unwind(payload);
            }
        }
        output
    })
}
