//! Computes on rayon's threads while a task waits for the result, and the runtime goes on.
//!
//! `tasks -> [permits] -> rayon's queue -> threads -> [oneshot] -> task`
//!
//! Use it when the work is more than some 100 µs of pure computing: a task that computes holds up
//! all others on its thread. For work that blocks (files, locks, channels): `spawn_blocking` or
//! `bridge.rs`. On a plain thread, `ThreadPool::install` waits.
//!
//! - The runtime goes on meanwhile; parallel iterators in the work use the same pool.
//! - The pool holds at most one call for each thread; other callers wait in line. A thread that
//!   waits for a part of its work begins whatever else is in the pool, on top of its stack:
//!   thousands of queued calls would overflow it.
//! - A panic of the work reaches the caller, and the pool is whole.
//! - A caller that gives up before a thread has begun its work takes the work back; later, the work
//!   runs to its end, and the result is dropped.
//!
//! Tests: `tests/cpu.rs`
//! Needs: tokio 1.44.2 (features sync), rayon 1.10

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use rayon::ThreadPool;
use tokio::sync::{Semaphore, oneshot};

/// A pool for the computing of all tasks together.
#[derive(Debug)]
pub struct Cpu {
    pool: ThreadPool,
    /// One for each thread.
    permits: Arc<Semaphore>,
}

impl Cpu {
    /// Computes on the threads of `pool`; as many as there are processors are enough. Not one built
    /// with `use_current_thread`, which would never begin.
    pub fn new(pool: ThreadPool) -> Self {
        let permits = Arc::new(Semaphore::new(pool.current_num_threads()));
        Self { pool, permits }
    }

    /// Calls `work` on a thread of the pool, and waits for what it returns.
    ///
    /// Dropped, it gives up. Kept without being polled, it may keep its permit from the other
    /// callers. Work in progress cannot be stopped from outside: if it is long, let it look at an
    /// `AtomicBool` now and then.
    ///
    /// # Panics
    ///
    /// With the panic of `work`.
    ///
    /// # Example
    ///
    /// ```
    /// use async_tokio::cpu::Cpu;
    /// use rayon::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let cpu = Cpu::new(rayon::ThreadPoolBuilder::new().build()?);
    /// let sum = cpu.compute(|| (1..=1_000_u64).into_par_iter().sum::<u64>());
    /// assert_eq!(sum.await, 500_500);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn compute<R: Send + 'static>(&self, work: impl FnOnce() -> R + Send + 'static) -> R {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.expect("nobody closes the semaphore");
        let (result_tx, result_rx) = oneshot::channel();
        let job = move || {
            if result_tx.is_closed() {
                return; // The caller has given up.
            }
            // The panic goes on in the caller; nobody looks at what it left behind.
            let result = catch_unwind(AssertUnwindSafe(work));
            drop(permit); // Not before the work has ended, also when nobody waits for it.
            // Fails when the caller has given up meanwhile.
            let _ = result_tx.send(result);
        };
        // What is dropped there because nobody waits for it may panic, too, and a panic in a
        // spawned rayon job ends the process.
        self.pool
            .spawn(|| drop(catch_unwind(AssertUnwindSafe(job))));
        let result = result_rx.await.expect("the pool runs what is spawned");
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }
}
