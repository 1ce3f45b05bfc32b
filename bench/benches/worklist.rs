//! A tree of jobs of 0, 1 and 10 µs, each of which adds two more, on all processors.
//!
//! `plain` counts the open jobs in the caller, which sends each one on, as a first crawler does.
//! `rayon` spawns jobs in a scope, and adds up in an atomic: it has no results on the way. The floor
//! is the work alone, an equal part on each processor.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;

use common::{Load, work, workers};
use fan_out_fan_in::worklist::{self, Jobs};

mod common;

/// Large enough that threads seldom sleep.
const CAPACITY: usize = 1_000;

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, "worklist");
    for load in common::loads([100_000, 20_000, 4_000]) {
        let Load { items, steps, .. } = load;
        let expected = load.sum();
        let mut bench = |case: &str, sum: &dyn Fn() -> u64| {
            let round = || common::timed(|| assert_eq!(sum(), expected));
            common::rounds(&mut group, case, load.name, items, round);
        };
        bench("plain", &|| plain(items, steps));
        bench("worklist", &|| {
            let job = |n, jobs: &Jobs<u64>| {
                children(n, items).for_each(|child| jobs.add(child));
                work(n, steps)
            };
            thread::scope(|scope| {
                let results = worklist::fan_out(scope, [0], workers(), CAPACITY, job);
                results.fold(0, u64::wrapping_add)
            })
        });
        bench("rayon", &|| {
            let sum = AtomicU64::new(0);
            rayon::scope(|scope| spawned(scope, 0, items, steps, &sum));
            sum.into_inner()
        });
        common::rounds(&mut group, "floor", load.name, items, || {
            load.floor(|item| _ = black_box(work(item, steps)))
        });
    }
    group.finish();
    criterion.final_summary();
}

/// The jobs that job `n` of `items` adds: those of a heap.
fn children(n: u64, items: u64) -> impl Iterator<Item = u64> {
    (2 * n + 1..=2 * n + 2).filter(move |&child| child < items)
}

fn spawned<'scope>(
    scope: &rayon::Scope<'scope>,
    n: u64,
    items: u64,
    steps: u64,
    sum: &'scope AtomicU64,
) {
    for child in children(n, items) {
        scope.spawn(move |scope| spawned(scope, child, items, steps, sum));
    }
    sum.fetch_add(work(n, steps), Relaxed);
}

fn plain(items: u64, steps: u64) -> u64 {
    let (job_tx, job_rx) = crossbeam_channel::unbounded();
    let (result_tx, result_rx) = crossbeam_channel::unbounded();
    thread::scope(|scope| {
        for _ in 0..workers() {
            let (job_rx, result_tx) = (job_rx.clone(), result_tx.clone());
            scope.spawn(move || {
                for n in job_rx {
                    let sent = result_tx.send((n, work(n, steps)));
                    sent.expect("the receiver outlives the sends");
                }
            });
        }
        job_tx.send(0).expect("the workers are there");
        let (mut open, mut sum) = (1, 0_u64);
        while open > 0 {
            let (n, result) = result_rx.recv().expect("the workers are there");
            sum = sum.wrapping_add(result);
            for child in children(n, items) {
                job_tx.send(child).expect("the workers are there");
                open += 1;
            }
            open -= 1;
        }
        drop(job_tx); // Ends the workers.
        sum
    })
}
