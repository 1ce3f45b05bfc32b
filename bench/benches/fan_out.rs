//! Items of 0, 1 and 10 µs through each way to fan out and in, on all processors.
//!
//! The floor is the work alone, an equal part on each processor. `plain` sends each item over a
//! channel without a bound, and each result too. Threads are started inside of what is measured,
//! but for rayon, whose global pool is there before. `with_rayon, par_iter` works on items in
//! memory; all others get theirs from an iterator.

use std::hint::black_box;
use std::thread;

use common::{Load, work, workers};
use fan_out_fan_in::{chunked, ordered, std_only, unordered, with_rayon};

mod common;

/// Large enough that threads seldom sleep.
const CAPACITY: usize = 1_000;

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, "fan-out");
    for load in common::loads([200_000, 20_000, 4_000]) {
        let Load { items, steps, .. } = load;
        let expected = load.sum();
        let in_memory: Vec<u64> = (0..items).collect();
        // Items whose work takes 100 µs or more together, and yet enough chunks for all workers.
        let chunk = match load.name {
            "0 µs" => 4_000,
            "1 µs" => 100,
            _ => 10,
        };
        let work = |item| work(item, steps);
        let mut bench = |case: &str, sum: &dyn Fn() -> u64| {
            let round = || common::timed(|| assert_eq!(sum(), expected));
            common::rounds(&mut group, case, load.name, items, round);
        };

        bench("plain", &|| plain(items, steps));
        bench("unordered", &|| {
            thread::scope(|scope| {
                total(unordered::fan_out(
                    scope,
                    0..items,
                    workers(),
                    CAPACITY,
                    work,
                ))
            })
        });
        bench("ordered", &|| {
            thread::scope(|scope| {
                total(ordered::fan_out(scope, 0..items, workers(), CAPACITY, work))
            })
        });
        bench("std_only", &|| {
            thread::scope(|scope| {
                total(std_only::fan_out(
                    scope,
                    0..items,
                    workers(),
                    CAPACITY,
                    work,
                ))
            })
        });
        bench("chunked", &|| {
            thread::scope(|scope| {
                total(chunked::fan_out(
                    scope,
                    0..items,
                    workers(),
                    chunk,
                    16,
                    work,
                ))
            })
        });
        bench("with_rayon, par_iter", &|| {
            total(with_rayon::fan_out(&in_memory, |&item| work(item)))
        });
        bench("with_rayon, par_bridge", &|| {
            total(with_rayon::fan_out_stream(0..items, work))
        });
        common::rounds(&mut group, "floor", load.name, items, || {
            load.floor(|item| _ = black_box(work(item)))
        });
    }
    group.finish();
    criterion.final_summary();
}

fn total(results: impl IntoIterator<Item = u64>) -> u64 {
    results.into_iter().fold(0, u64::wrapping_add)
}

fn plain(items: u64, steps: u64) -> u64 {
    let (work_tx, work_rx) = crossbeam_channel::unbounded();
    let (result_tx, result_rx) = crossbeam_channel::unbounded();
    thread::scope(|scope| {
        for _ in 0..workers() {
            let (work_rx, result_tx) = (work_rx.clone(), result_tx.clone());
            scope.spawn(move || {
                while let Ok(item) = work_rx.recv() {
                    let sent = result_tx.send(work(item, steps));
                    sent.expect("the receiver outlives the sends");
                }
            });
        }
        for item in 0..items {
            work_tx.send(item).expect("the receiver is there");
        }
        drop(work_tx); // The workers end when the queue is empty …
        drop(result_tx); // … and the results when the workers have ended.
        total(result_rx)
    })
}
