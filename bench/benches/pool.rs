//! Jobs of 0, 1 and 10 µs on thread pools, one thread for each processor.
//!
//! A round starts the pool, gives it all jobs, and ends it: all three are measured. The floor is
//! the work alone, an equal part on each processor. Each job counts itself, at the same cost for all
//! pools: where a pool says that it has ended before all jobs have run, the round goes on until they
//! have, and the pool gets a mark beside its results.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

use common::{Load, work, workers};
use criterion::BenchmarkGroup;
use criterion::measurement::WallTime;

mod common;

/// What a program would give it. The other pools, but for `std_only`, have room for all jobs.
const QUEUE: usize = 1_000;
const GROUP: &str = "pool";
/// How many jobs of the round have run.
static DONE: AtomicU64 = AtomicU64::new(0);

/// How a pool runs all jobs and ends.
type Run = fn(jobs: u64, steps: u64);

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, GROUP);
    // A pool, and whether it is one of ours, which must not end early.
    let pools: [(&str, bool, Run); 7] = [
        ("plain", false, plain::run),
        ("pool", true, |jobs, steps| pool(QUEUE, jobs, steps)),
        ("pool, room for all", true, |jobs, steps| {
            pool(usize::try_from(jobs).unwrap_or(usize::MAX), jobs, steps);
        }),
        ("std_only", true, std_only),
        ("threadpool", false, threadpool),
        ("rusty_pool", false, rusty_pool),
        ("rayon", false, rayon),
    ];
    for load in common::loads([100_000, 20_000, 4_000]) {
        for (case, ours, run) in pools {
            measure(&mut group, load, case, ours, run);
        }
        common::rounds(&mut group, "floor", load.name, load.items, || {
            DONE.store(0, Relaxed);
            let time = load.floor(|_| job(load.steps));
            assert_eq!(DONE.load(Relaxed), load.items);
            time
        });
    }
    group.finish();
    criterion.final_summary();
}

fn measure(group: &mut BenchmarkGroup<'_, WallTime>, load: Load, case: &str, ours: bool, run: Run) {
    let (rounds, short) = (Cell::new(0_u64), Cell::new(0_u64));
    common::rounds(group, case, load.name, load.items, || {
        DONE.store(0, Relaxed);
        common::timed(|| {
            run(load.items, load.steps);
            rounds.set(rounds.get() + 1);
            if DONE.load(Relaxed) < load.items {
                assert!(!ours, "{case} has ended before all jobs had run");
                short.set(short.get() + 1);
                wait_for_the_rest(load.items);
            }
        })
    });
    let (rounds, short) = (rounds.get(), short.get());
    if rounds > 0 && !common::is_test() {
        let json = format!(r#"{{ "rounds": {rounds}, "short": {short} }}"#);
        common::leave(GROUP, case, load.name, "rounds.json", &json);
    }
}

/// # Panics
///
/// When the rest does not come.
fn wait_for_the_rest(jobs: u64) {
    let start = Instant::now();
    while DONE.load(Relaxed) < jobs {
        assert!(start.elapsed() < Duration::from_secs(10), "jobs were lost");
        thread::yield_now();
    }
}

fn job(steps: u64) {
    std::hint::black_box(work(1, steps));
    DONE.fetch_add(1, Relaxed);
}

fn pool(queue: usize, jobs: u64, steps: u64) {
    let pool = worker_pool::pool::Pool::start(workers(), queue).expect("the threads start");
    for _ in 0..jobs {
        pool.execute(move || job(steps));
    }
    assert_eq!(pool.finish().completed as u64, jobs);
}

fn std_only(jobs: u64, steps: u64) {
    let pool = worker_pool::std_only::Pool::start(workers(), QUEUE).expect("the threads start");
    for _ in 0..jobs {
        pool.execute(move || job(steps));
    }
    assert_eq!(pool.finish().completed as u64, jobs);
}

fn threadpool(jobs: u64, steps: u64) {
    let pool = threadpool::ThreadPool::new(workers());
    for _ in 0..jobs {
        pool.execute(move || job(steps));
    }
    pool.join();
}

fn rusty_pool(jobs: u64, steps: u64) {
    let workers = workers();
    let pool = rusty_pool::ThreadPool::new(workers, workers, Duration::from_secs(60));
    for _ in 0..jobs {
        pool.execute(move || job(steps));
    }
    pool.shutdown_join();
}

fn rayon(jobs: u64, steps: u64) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers());
    let pool = pool.build().expect("the threads start");
    pool.scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(move |_| job(steps));
        }
    });
}

/// The pool of many a tutorial, made so that it ends: boxed jobs in a queue without a bound, a
/// receiver in an `Arc`, and an end by dropping the sender.
mod plain {
    use std::sync::Arc;
    use std::thread::{self, JoinHandle};

    use crossbeam_channel::{Sender, unbounded};

    type Job = Box<dyn FnOnce() + Send>;

    pub(crate) fn run(jobs: u64, steps: u64) {
        let (job_tx, workers) = start(super::workers());
        for _ in 0..jobs {
            let job: Job = Box::new(move || super::job(steps));
            job_tx.send(job).expect("the workers outlive the sends");
        }
        drop(job_tx);
        for worker in workers {
            worker.join().expect("no job panics");
        }
    }

    fn start(workers: usize) -> (Sender<Job>, Vec<JoinHandle<()>>) {
        let (job_tx, job_rx) = unbounded::<Job>();
        let job_rx = Arc::new(job_rx);
        let worker = || {
            let job_rx = Arc::clone(&job_rx);
            thread::spawn(move || {
                while let Ok(job) = job_rx.recv() {
                    job();
                }
            })
        };
        (job_tx, (0..workers).map(|_| worker()).collect())
    }
}
