//! rayon's pool: its own threads for jobs that compute, and a scope that waits for them.
//!
//! scope.spawn -> queues of rayon's -> threads that steal from one another -> end of the scope
//!
//! Next: `src/with_rayon.rs` spreads a list of jobs this way, and keeps those apart that panic.

use rayon::ThreadPoolBuilder;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

fn main() {
    // Without a pool of your own, `rayon::scope` takes the global one: a thread for each processor.
    let pool = ThreadPoolBuilder::new()
        .num_threads(2)
        .thread_name(|number| format!("cruncher-{number}"))
        .build()
        .unwrap();

    let sum = AtomicU64::new(0);
    pool.scope(|scope| {
        for n in 1..=10 {
            let sum = &sum; // Jobs may borrow: the scope waits for them.
            scope.spawn(move |_| {
                // Never wait in here, for a channel, a lock or the network: when both threads of
                // the pool wait, it stands still.
                sum.fetch_add(n * n, Relaxed);
            });
        }
    });
    println!("{}", sum.into_inner());
}

// Prints:
// 385
