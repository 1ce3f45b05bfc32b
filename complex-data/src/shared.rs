//! Gives the same data to several workers without copying it: each gets an `Arc` of each buffer.
//!
//! buffers -> feeder -> a queue of Arcs for each worker -> a queue of results for each -> rows
//!
//! Use it when buffers come and go, and several threads read each of them. For one buffer that
//! outlives the threads: let them borrow it, in `thread::scope`. To give each buffer to one worker:
//! `../fan-out-fan-in/src/unordered.rs`. For readers that come and go:
//! `../multi-producer/src/broadcast.rs`.
//!
//! - All analyses read the very same memory. A buffer is freed before its row arrives.
//! - The rows are in the order of the buffers, the results of a row in that of the analyses.
//! - Full queues make the feeder wait: it is at most 2 x capacity + 3 buffers ahead of the caller.
//! - A panic of an analysis or of `buffers` reaches the caller after the rows before it.
//! - A caller that drops the iterator stops all threads; the buffers in flight are lost.
//!
//! In short: `examples/share_with_arc.rs` · Tests: `tests/shared.rs`
//! Needs: std only

use std::iter;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, Builder, Scope};

/// Starts a thread in `scope` for each of `analyses`, which calls it for each of `buffers`, and
/// returns a row of results for each buffer.
///
/// Up to `capacity` buffers wait for each analysis and up to `capacity` results of each for the
/// caller. The slowest analysis sets the pace; a capacity of 1 or 2 lets the others run ahead of it
/// a little. Memory for them is taken at the start; a capacity that memory cannot hold panics or
/// aborts.
///
/// An `Arc<[T]>` is one step nearer to its data than an `Arc<Vec<T>>`, but `Arc::from(vec)` copies:
/// fill it in place (`collect`, `Arc::get_mut`), or use `Arc<Vec<T>>` when you have a large `Vec`.
///
/// Dropping the iterator stops the threads: `buffers` is polled once more at most, and an analysis
/// or a call of `buffers.next()` in progress is allowed to finish. The scope joins them. An
/// iterator that is leaked, or kept and not polled, makes the scope wait.
///
/// # Panics
///
/// When there is no analysis, or when the system refuses to start a thread. The iterator panics
/// with the panic of an analysis or of `buffers`; once it is dropped, their panics are lost.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use complex_data::shared::analyse;
///
/// let analyses: [fn(&[u32]) -> u32; 2] = [
///     |data| data.iter().sum(),
///     |data| data.iter().copied().max().unwrap_or(0),
/// ];
/// std::thread::scope(|scope| {
///     let buffers = [Arc::from([3, 1, 2]), Arc::from([5, 5])];
///     assert!(analyse(scope, buffers, 1, analyses).eq([[6, 3], [10, 5]]));
/// });
/// ```
pub fn analyse<'scope, T: ?Sized + Send + Sync + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    buffers: impl IntoIterator<Item = Arc<T>, IntoIter: Send + 'scope>,
    capacity: usize,
    analyses: impl IntoIterator<Item = impl FnMut(&T) -> R + Send + 'scope>,
) -> impl Iterator<Item = Vec<R>> + 'scope {
    // First: if a thread cannot be started, dropping these ends those that have been.
    let mut job_txs = Vec::new();
    let mut rows = Rows {
        stopped: Arc::default(),
        result_rxs: Vec::new(),
    };
    for (id, mut analysis) in analyses.into_iter().enumerate() {
        let (job_tx, job_rx) = sync_channel::<thread::Result<Arc<T>>>(capacity);
        let (result_tx, result_rx) = sync_channel(capacity);
        job_txs.push(job_tx);
        rows.result_rxs.push(result_rx);
        let (name, panic_tx) = (format!("worker-{id}"), result_tx.clone());
        spawn(scope, name, panic_tx, move || {
            for job in job_rx {
                // A panic of the input goes on here, in its turn.
                let buffer = job.unwrap_or_else(|payload| resume_unwind(payload));
                let result = analysis(&buffer);
                drop(buffer); // Before the row arrives.
                if result_tx.send(Ok(result)).is_err() {
                    break; // The caller has stopped.
                }
            }
        });
    }
    assert!(!job_txs.is_empty(), "there must be an analysis");

    let mut buffers = buffers.into_iter();
    let stopped = Arc::clone(&rows.stopped);
    spawn(scope, "feeder".into(), job_txs[0].clone(), move || {
        // A failed send alone would tell too late, with several more buffers taken.
        while !stopped.load(Relaxed) {
            let Some(buffer) = buffers.next() else { break };
            // The last worker gets the original: the feeder cannot be the last to drop it.
            let mut shares = job_txs.iter().zip(iter::repeat_n(buffer, job_txs.len()));
            if !shares.all(|(job_tx, buffer)| job_tx.send(Ok(buffer)).is_ok()) {
                break; // The caller has stopped.
            }
        }
    });
    rows
}

struct Rows<R> {
    stopped: Arc<AtomicBool>,
    result_rxs: Vec<Receiver<thread::Result<R>>>,
}

impl<R> Iterator for Rows<R> {
    type Item = Vec<R>;

    fn next(&mut self) -> Option<Vec<R>> {
        let results = self.result_rxs.iter().map(|result_rx| {
            let result = result_rx.recv().ok()?;
            Some(result.unwrap_or_else(|payload| resume_unwind(payload)))
        });
        results.collect()
    }
}

impl<R> Drop for Rows<R> {
    fn drop(&mut self) {
        self.stopped.store(true, Relaxed);
    }
}

/// Starts a thread whose panic goes to `panic_tx`.
fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: String,
    panic_tx: SyncSender<thread::Result<T>>,
    body: impl FnOnce() + Send + 'scope,
) {
    let thread = Builder::new().name(name).spawn_scoped(scope, move || {
        // The panic goes on in the caller; nobody looks at what it left behind.
        if let Err(payload) = catch_unwind(AssertUnwindSafe(body)) {
            // Fails only when the caller has stopped, and no longer wants to know.
            let _ = panic_tx.send(Err(payload));
        }
    });
    thread.expect("the system has a thread left");
}
