//! Spreads items over rayon's threads: the same job in one line, where all items are at hand and
//! the work never blocks.
//!
//! ```text
//! slice -> split in halves, stolen by idle threads -> Vec in input order        (`fan_out`)
//! iterator -> mutex -> idle threads -> folded by each, merged at the end        (`fan_out_stream`)
//! ```
//!
//! Use it when the work is pure computation over data in memory: rayon balances by itself, has no
//! queue to size, and nests. Not when the work waits (for a channel, a lock, a socket): a waiting
//! rayon thread is lost to all of the program. Not when results are wanted before the end, or the
//! input has no end: [`ordered`] and [`unordered`] stream, rayon gathers. All results are in memory
//! at the end, and only a panic stops it early.
//!
//! Variants: [`async-tokio/cpu`] for a task that needs the result.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each item is worked on once, and each result arrives once | `the_results_are_those_of_a_serial_map` |
//! | order | `fan_out`: that of the items; `fan_out_stream`: none | `the_results_are_those_of_a_serial_map`, `a_bridge_yields_every_result_in_any_order` |
//! | `work` panics | the caller panics with the same payload | `a_panic_in_the_work_reaches_the_caller` |
//! | after it | `fan_out_stream`: each thread ends with the item it has; `fan_out`: they may do all others first | `a_panic_in_the_work_ends_the_stream` |
//! | `items` panics | the same | `a_panic_in_the_input_reaches_the_caller` |
//! | ends | when all items are done; on one thread too | `one_thread_is_enough` |
//!
//! [`ordered`]: ../ordered/index.html
//! [`unordered`]: ../unordered/index.html
//! [`async-tokio/cpu`]: ../../async_tokio/cpu/index.html
//!
//! In short: `examples/rayon_in_one_line.rs`
//!
//! Needs: rayon 1

use rayon::iter::{IntoParallelRefIterator, ParallelBridge, ParallelIterator};

/// The results of `work` for each of `items`, in their order.
///
/// Runs on the current rayon pool: the global one, or within `ThreadPool::install` that one.
///
/// # Panics
///
/// With the panic of `work`.
///
/// # Example
///
/// ```
/// use fan_out_fan_in::with_rayon::fan_out;
///
/// assert_eq!(fan_out(&["one", "three"], |word| word.len()), [3, 5]);
/// ```
pub fn fan_out<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync + Send) -> Vec<R> {
    items.par_iter().map(work).collect()
}

/// The results of `work` for each of `items`, in any order, for an iterator that cannot be split.
///
/// The threads take turns at the iterator behind a mutex, so each item costs a lock; `fan_out` on a
/// collected `Vec` is faster where there is memory for it. Runs on the current pool, too.
///
/// `items` must not use rayon itself, as a parallel iterator in a `map` does: the thread that is at
/// the iterator would wait for a part of that which another has taken, and that one, while it waits
/// for parts in turn, may come to the mutex. `work` may.
///
/// # Panics
///
/// With the panic of `work` or `items`.
///
/// # Example
///
/// ```
/// use fan_out_fan_in::with_rayon::fan_out_stream;
///
/// let mut squares = fan_out_stream(1..=3, |n: u64| n * n);
/// squares.sort_unstable();
/// assert_eq!(squares, [1, 4, 9]);
/// ```
pub fn fan_out_stream<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(T) -> R + Sync + Send,
) -> Vec<R> {
    // Without the fuse, the other threads would work through the rest of the input. On a slice,
    // whose rest has an end, it would cost 40 % where the work is tiny.
    items.par_bridge().panic_fuse().map(work).collect()
}
