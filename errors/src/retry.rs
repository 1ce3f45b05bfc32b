//! Calls a failing operation again after a growing pause, until it succeeds or is told to stop.
//!
//! `operation -> error -> pause, or stop -> operation -> … -> value, or the last error`
//!
//! Use it when an error may be gone a moment later: a server that restarts, a file that is locked.
//! The operation must do no harm when done twice: it may have succeeded, and only the answer been
//! lost. To try another queue instead: `failover_std.rs`. For tasks, take backon or tokio-retry,
//! which go by an iterator of pauses, too; on threads, the sleep of backon hears no stop signal.
//!
//! - Pauses double, less a random part: clients that failed together do not return together.
//! - A stop signal ends the pause at once. A call in progress is allowed to finish.
//! - The pauses limit tries and time. An error that no further try will mend ends it at once.
//!
//! For crossbeam-channel, import its `Receiver` and `RecvTimeoutError`; the rest is the same.
//!
//! In short: `examples/retry_with_a_growing_pause.rs` · Tests: `tests/retry.rs`
//! Needs: std only

use std::iter;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// Calls `operation` until it succeeds, and returns its value.
///
/// After an error that `is_transient`, it waits as long as the next of `pauses`. A message in
/// `stop_rx`, or the loss of its sender, ends the wait and all tries but the first.
///
/// # Errors
///
/// The last error: one that is not transient, one after which there was no pause left, or one after
/// which it was told to stop.
///
/// # Example
///
/// ```
/// use std::{sync::mpsc, time::{Duration, Instant}};
/// use errors::retry::{growing, retry};
///
/// let start = Instant::now();
/// let pauses = growing(Duration::from_millis(1), Duration::from_secs(1), || 0.5) // fastrand::f64
///     .take(9) // Ten tries at most, and none begins after a minute.
///     .take_while(|&pause| start.elapsed() + pause < Duration::from_secs(60));
///
/// let (_stop_tx, stop_rx) = mpsc::channel();
/// let mut answers = ["busy", "busy", "7"].into_iter();
/// let ask = || answers.next().unwrap_or_default().parse::<u8>();
/// assert_eq!(retry(pauses, &stop_rx, |_| true, ask), Ok(7));
/// ```
pub fn retry<T, E>(
    pauses: impl IntoIterator<Item = Duration>,
    stop_rx: &Receiver<()>,
    is_transient: impl Fn(&E) -> bool,
    mut operation: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let mut pauses = pauses.into_iter();
    // Not a sleep, which would hear no stop signal.
    let wait = |pause| stop_rx.recv_timeout(pause) == Err(RecvTimeoutError::Timeout);
    loop {
        match operation() {
            Err(error) if is_transient(&error) && pauses.next().is_some_and(wait) => {}
            ended => return ended,
        }
    }
}

/// Pauses without end: `first`, twice that, and so on up to `longest`, each shortened at random by
/// up to its half.
///
/// `random` gives numbers from 0 to 1, as `fastrand::f64` and `rand::random::<f64>` do. With std
/// alone: `RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64`.
///
/// # Panics
///
/// When `first` is zero, which would never grow. In `next`, when `random` gives NaN, a negative
/// number, or one so large that the pause overflows.
pub fn growing(
    first: Duration,
    longest: Duration,
    mut random: impl FnMut() -> f64,
) -> impl Iterator<Item = Duration> {
    assert!(!first.is_zero(), "a pause must be able to grow");
    let double = move |pause: &Duration| Some(pause.saturating_mul(2).min(longest));
    iter::successors(Some(first.min(longest)), double).map(move |pause| {
        let half = pause / 2;
        half + half.mul_f64(random())
    })
}
