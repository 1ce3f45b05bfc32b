//! What the benches share: how they measure, where they leave what criterion does not know, and
//! work of a known cost.
#![allow(dead_code, reason = "each bench uses its part")]

use std::hint::black_box;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::{Barrier, OnceLock};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, SamplingMode, Throughput};

/// Short, so that all groups together take minutes. The command line may say otherwise.
pub(crate) fn criterion() -> Criterion {
    Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args()
}

pub(crate) fn group<'c>(criterion: &'c mut Criterion, name: &str) -> BenchmarkGroup<'c, WallTime> {
    let mut group = criterion.benchmark_group(name);
    // A round takes many milliseconds: as many for each sample as fit in, not 1 to 10 of them.
    group.sampling_mode(SamplingMode::Flat);
    group
}

/// Measures whole rounds of `items` each: `round` works through one, checks that all of it was
/// done, and returns how long what counts of it took.
pub(crate) fn rounds(
    group: &mut BenchmarkGroup<'_, WallTime>,
    case: &str,
    scenario: &str,
    items: u64,
    mut round: impl FnMut() -> Duration,
) {
    group.throughput(Throughput::Elements(items));
    group.bench_function(BenchmarkId::new(case, scenario), |bencher| {
        bencher.iter_custom(|rounds| (0..rounds).map(|_| round()).sum());
    });
}

pub(crate) fn timed(body: impl FnOnce()) -> Duration {
    let start = Instant::now();
    body();
    start.elapsed()
}

/// Whether each bench is to run once only, to see that it does.
pub(crate) fn is_test() -> bool {
    env::args().any(|arg| arg == "--test")
}

/// Leaves `json` beside the results that criterion has, or would have, of this case.
///
/// # Panics
///
/// When it cannot be written.
pub(crate) fn leave(group: &str, case: &str, scenario: &str, file: &str, json: &str) {
    let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "../target".into());
    // A relative folder counts from the package's, where cargo runs a bench: so it does for
    // criterion.
    let folder = Path::new(&target)
        .join("criterion")
        .join(group)
        .join(case)
        .join(scenario);
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join(file), json))
        .unwrap_or_else(|error| panic!("cannot write {file} to {folder:?}: {error}"));
}

/// As many threads as there are processors.
pub(crate) fn workers() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// A number of items, each of which costs about the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) name: &'static str,
    pub(crate) items: u64,
    pub(crate) steps: u64,
}

impl Load {
    /// What the results of all items add up to, found out on this thread.
    pub(crate) fn sum(self) -> u64 {
        (0..self.items)
            .map(|n| work(n, self.steps))
            .fold(0, u64::wrapping_add)
    }

    /// How long `work_on` takes for all items where each processor has a part of its own: the mean
    /// of the threads. What it costs to start them and to share out the items is not in there.
    pub(crate) fn floor(self, work_on: impl Fn(u64) + Sync) -> Duration {
        let workers = workers();
        let together = Barrier::new(workers);
        thread::scope(|scope| {
            let worker = |id: u64| {
                let (together, work_on) = (&together, &work_on);
                let part = (id..self.items).step_by(workers);
                scope.spawn(move || {
                    together.wait();
                    timed(|| part.for_each(work_on))
                })
            };
            let threads: Vec<_> = (0..).map(worker).take(workers).collect();
            let times = threads
                .into_iter()
                .map(|thread| thread.join().expect("no work panics"));
            times.sum::<Duration>() / u32::try_from(workers).unwrap_or(u32::MAX)
        })
    }
}

/// Items of 0, 1 and 10 µs, as many of each as `items` says.
pub(crate) fn loads(items: [u64; 3]) -> [Load; 3] {
    let steps = steps_per_microsecond();
    let names = ["0 µs", "1 µs", "10 µs"];
    let costs = [0, steps, 10 * steps];
    [0, 1, 2].map(|i| Load {
        name: names[i],
        items: items[i],
        steps: costs[i],
    })
}

/// Work that takes `steps` steps, whatever the clock says, and yields what depends on each of them.
pub(crate) fn work(seed: u64, steps: u64) -> u64 {
    (0..steps).fold(seed, |state, _| {
        // Knuth's MMIX generator.
        black_box(
            state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    })
}

/// Measured once, by the fastest of several goes: other programs can only make it slower.
fn steps_per_microsecond() -> u64 {
    const STEPS: u64 = 200_000;
    static PER_MICROSECOND: OnceLock<u64> = OnceLock::new();
    *PER_MICROSECOND.get_or_init(|| {
        let goes = (0..20).map(|_| timed(|| _ = black_box(work(1, STEPS))).as_nanos());
        let fastest = goes.min().unwrap_or_default().max(1);
        u64::try_from(u128::from(STEPS) * 1_000 / fastest)
            .unwrap_or(1)
            .max(1)
    })
}
