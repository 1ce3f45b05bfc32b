//! Runs each step of a computation on a thread of its own; the first error stops them all.
//!
//! `input -> stage 1 -> [capacity] -> stage 2 -> [capacity] -> … -> caller`
//!
//! Use it when the steps differ in kind (read, parse, write) and should overlap. It is no faster
//! than its slowest step, which may have several workers: `ordered.rs` and `unordered.rs` take the
//! iterator of a stage, and return one for the next.
//!
//! - The results are those of the same steps in one loop, in the order of the input.
//! - A full queue makes a stage wait: it is at most capacity + 1 results ahead of the next one.
//! - What came before the first error arrives, then the error, then the end.
//! - A panic of a stage or of the input reaches the caller, after what came before it.
//! - When the input ends, the stages drain: to stop without loss, end the input.
//! - A caller that drops the iterator stops all stages. As in the shell, each notices when it has a
//!   result for the next: an input that waits, or a filter that lets nothing through, delays the
//!   end.
//!
//! In short: `examples/a_pipeline.rs` · Tests: `tests/pipeline.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::thread::{Builder, Scope};

use crossbeam_channel::bounded;

/// Starts a thread in `scope` that applies `work` to the items of `input`, and returns the results.
///
/// Up to `capacity` results wait for the next stage, in memory taken at the start: more than there
/// is panics or aborts. More than a few only help where the pace of a stage varies.
///
/// Dropping the iterator stops the stage. Leaked, or kept and not polled, it makes the scope wait.
///
/// ```
/// use std::num::ParseIntError;
/// use fan_out_fan_in::pipeline::stage;
///
/// let sum: Result<u64, ParseIntError> = std::thread::scope(|scope| {
///     let numbers = stage(scope, ["1", "2"].map(Ok), 4, |line: &str| line.parse::<u64>());
///     stage(scope, numbers, 4, |n| Ok(n * n)).sum()
/// });
/// assert_eq!(sum, Ok(5));
/// ```
///
/// # Panics
///
/// When the system refuses to start a thread. The iterator panics with the panic of `work` or
/// `input`; once it is dropped, their panics are lost.
pub fn stage<'scope, T, R: Send + 'scope, E: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    input: impl IntoIterator<Item = Result<T, E>, IntoIter: Send + 'scope>,
    capacity: usize,
    mut work: impl FnMut(T) -> Result<R, E> + Send + 'scope,
) -> impl Iterator<Item = Result<R, E>> + Send + 'scope {
    flat_stage(scope, input, capacity, move |item| work(item).map(Some))
}

/// As [`stage`], for a step that gives any number of results for an item: an `Option` filters, a
/// `Vec` or another iterator expands.
///
/// ```
/// use fan_out_fan_in::pipeline::flat_stage;
///
/// let long: Result<Vec<&str>, ()> = std::thread::scope(|scope| {
///     let words = flat_stage(scope, [Ok("not to be")], 4, |line: &str| Ok(line.split(' ')));
///     flat_stage(scope, words, 4, |word| Ok((word.len() > 2).then_some(word))).collect()
/// });
/// assert_eq!(long, Ok(vec!["not"]));
/// ```
///
/// # Panics
///
/// As [`stage`].
pub fn flat_stage<'scope, T, R: Send + 'scope, E: Send + 'scope, O: IntoIterator<Item = R>>(
    scope: &'scope Scope<'scope, '_>,
    input: impl IntoIterator<Item = Result<T, E>, IntoIter: Send + 'scope>,
    capacity: usize,
    mut work: impl FnMut(T) -> Result<O, E> + Send + 'scope,
) -> impl Iterator<Item = Result<R, E>> + Send + 'scope {
    let input = input.into_iter();
    let (output_tx, output_rx) = bounded(capacity);
    let stage = move || {
        let last_tx = output_tx.clone();
        let run = move || {
            for item in input {
                match item.and_then(&mut work) {
                    Ok(outputs) => {
                        for output in outputs {
                            if output_tx.send(Ok(Ok(output))).is_err() {
                                return; // The next stage has ended.
                            }
                        }
                    }
                    // Fails only when the next stage has ended.
                    Err(error) => return drop(output_tx.send(Ok(Err(error)))),
                }
            }
        };
        if let Err(payload) = catch_unwind(AssertUnwindSafe(run)) {
            // It goes on in the next stage, unless that has ended.
            let _ = last_tx.send(Err(payload));
        }
    };
    let thread = Builder::new().name("stage".into());
    let thread = thread.spawn_scoped(scope, stage);
    thread.expect("the system has a thread left");
    let outputs = output_rx.into_iter();
    outputs.map(|output| output.unwrap_or_else(|payload| resume_unwind(payload)))
}
