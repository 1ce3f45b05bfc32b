//! Fans items out over rayon's threads: the same job in one line, where the work never waits.
//!
//! - `fan_out`: `slice -> halves of halves, stolen by idle threads -> Vec, in order`
//! - `fan_out_stream`: `items, behind a lock -> idle threads -> Vec in any order`
//!
//! Use it when the work is pure computation over data in memory: rayon balances by itself, has no
//! queue to size, and nests. Not when the work waits for a channel, a lock or a socket: a waiting
//! thread of rayon is lost to the whole program. When results are wanted before the end, or the
//! input has no end: `ordered.rs`, `unordered.rs`. In a task: `../async-tokio/src/cpu.rs`.
//!
//! - Each item gives one result.
//! - All results are in memory at the end, and only a panic stops it early.
//! - A panic of the work or of `items` reaches the caller. With `fan_out_stream`, each thread then
//!   ends with the item that it has; with `fan_out`, they may do all others first.
//! - It works on one thread, too.
//!
//! In short: `examples/rayon_in_one_line.rs` · Tests: `tests/with_rayon.rs`
//! Needs: rayon 1.10

use rayon::iter::{IntoParallelRefIterator, ParallelBridge, ParallelIterator};

/// The results of `work` for each of `items`, in their order.
///
/// Runs on the current pool of rayon: the global one, or within `ThreadPool::install` that one.
///
/// ```
/// use fan_out_fan_in::with_rayon::fan_out;
///
/// assert_eq!(fan_out(&["one", "three"], |word| word.len()), [3, 5]);
/// ```
///
/// # Panics
///
/// With the panic of `work`.
pub fn fan_out<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Send + Sync) -> Vec<R> {
    items.par_iter().map(work).collect()
}

/// The results of `work` for each of `items`, in any order, for an iterator that cannot be split.
///
/// The threads take turns at the iterator, so each item costs a lock: where there is memory for it,
/// `fan_out` on a collected `Vec` is faster. Runs on the current pool, too.
///
/// `items` must not use rayon itself, as a parallel iterator in a `map` does: the thread that has
/// the lock would wait for a part that another has taken, and that one may wait for the lock.
/// `work` may.
///
/// ```
/// use fan_out_fan_in::with_rayon::fan_out_stream;
///
/// let mut squares = fan_out_stream(1..=3, |n: u64| n * n);
/// squares.sort_unstable();
/// assert_eq!(squares, [1, 4, 9]);
/// ```
///
/// # Panics
///
/// With the panic of `work` or `items`.
pub fn fan_out_stream<T: Send, R: Send>(
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    work: impl Fn(T) -> R + Send + Sync,
) -> Vec<R> {
    // Without the fuse, the other threads would work through the rest of the input. On a slice,
    // whose rest has an end, it would cost 40 % where the work is tiny.
    items
        .into_iter()
        .par_bridge()
        .panic_fuse()
        .map(work)
        .collect()
}
