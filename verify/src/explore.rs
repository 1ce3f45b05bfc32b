//! Runs a scenario under thousands of schedules.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::time::Duration;
use std::{env, fmt, thread};

use shuttle::scheduler::{
    PctScheduler, RandomScheduler, ReplayScheduler, Schedule, Scheduler, Task, TaskId,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::model;

/// Half of them are chosen at random at each step; the others by a scheduler that keeps to one
/// thread and changes over a few times, at the least expected moments.
const SCHEDULES: usize = 2_000;

/// In how many places the latter changes over: most known bugs need no more.
const PREEMPTIONS: usize = 3;

/// The same schedules each time; more of them (see [`explore`]) begin with these.
const SEED: u64 = 0;

/// A run of this many steps goes round in circles: none of ours takes a tenth.
const MAX_STEPS: usize = 1_000_000;

/// From this step on, a run is fair: with an input without end, those who are preferred would go
/// round for ever.
const FAIR_FROM: usize = 5_000;

/// A test of a member is meant for one long run: it gets as many schedules as fit in this many
/// steps, and no more than [`SCHEDULES`].
const STEPS: usize = 100_000;

/// Runs `scenario` under 2,000 schedules, the same each time.
///
/// `VERIFY_SCHEDULES` in the environment asks for another number, `VERIFY_REPLAY` for the one
/// schedule that a failure has printed.
///
/// # Panics
///
/// When a schedule is found in which the scenario panics, hangs, or goes on for ever. It is printed,
/// and how to see it again.
pub fn explore(scenario: impl Fn() + Send + Sync + 'static) {
    explore_any("", Arc::new(scenario));
}

/// Runs a test of a member.
///
/// # Panics
///
/// As [`explore`] does.
pub fn explore_test(test: impl Fn() + Send + Sync + 'static) {
    STEPS_LEFT.set(Some(env::var("VERIFY_STEPS").map_or(STEPS, |number| {
        number.parse().expect("VERIFY_STEPS must be a number")
    })));
    explore_any("", Arc::new(test));
}

thread_local! {
    /// `None`: any number.
    static STEPS_LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    /// Where it was, while a scenario is explored.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
}

/// What [`common::within`] is to a test that runs under the scheduler, which knows a deadlock
/// without a clock.
pub fn within<T>(_: Duration, body: impl FnOnce() -> T) -> T {
    body()
}

/// Panics of a scenario are a part of it: they are not printed, but where the last one was is kept.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Shuttle's own hook is set with its first run.
        shuttle::check_random(|| {}, 1);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if EXPLORING.get() {
                let place = info.location().map(ToString::to_string);
                LAST_PANIC.set(place);
            } else {
                before(info);
            }
        }));
    });
}

/// The same for each of `cases`.
///
/// # Panics
///
/// As [`explore`] does, with the case.
pub fn explore_each<C: Copy + fmt::Debug + Send + Sync + 'static>(
    cases: impl IntoIterator<Item = C>,
    scenario: impl Fn(C) + Copy + Send + Sync + 'static,
) {
    for case in cases {
        let name = format!("case {case:?}: ");
        explore_any(&name, Arc::new(move || scenario(case)));
    }
}

/// One type for all scenarios: hundreds of copies of the scheduler would keep the compiler busy.
type Scenario = Arc<dyn Fn() + Send + Sync>;

fn explore_any(case: &str, scenario: Scenario) {
    thread_local! {
        /// How many scenarios this test has explored: it has a thread of its own.
        static EXPLORED: Cell<usize> = const { Cell::new(0) };
    }
    let place = EXPLORED.get();
    EXPLORED.set(place + 1);
    let result = if let Ok(replayed) = env::var("VERIFY_REPLAY") {
        let (of, schedule) = replayed
            .split_once(':')
            .expect("a schedule, as a failure tells it");
        // The schedule of another scenario of the same test would not fit this one.
        if of != place.to_string() {
            return;
        }
        replay_any(schedule, scenario)
    } else {
        let number = env::var("VERIFY_SCHEDULES").map_or(SCHEDULES, |number| {
            number.parse().expect("VERIFY_SCHEDULES must be a number")
        });
        run_both(number, &scenario)
    };
    if let Err(Failure { message, schedule }) = result {
        let test = thread::current();
        let test = test.name().unwrap_or_default();
        let features = if cfg!(feature = "shuttle-tokio") {
            " --features shuttle-tokio"
        } else {
            ""
        };
        panic!(
            "{case}{message}\nto see it again: VERIFY_REPLAY={place}:{schedule} \
             cargo test -p verify{features} --test schedules {test} -- --exact"
        );
    }
}

/// What a scenario has failed with, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Of the panic; `deadlock` and more if it hangs.
    pub message: String,
    /// All decisions of the scheduler up to there, for [`replay`].
    pub schedule: String,
}

/// Looks for a schedule in which `scenario` fails: how one shows that a mistake is found.
///
/// # Panics
///
/// When there is none among 2,000.
pub fn failure_of(scenario: impl Fn() + Send + Sync + 'static) -> Failure {
    run_both(SCHEDULES, &(Arc::new(scenario) as Scenario)).expect_err("no schedule makes it fail")
}

/// Runs `scenario` under the schedule of a [`Failure`].
///
/// # Errors
///
/// When it fails.
///
/// # Panics
///
/// When `schedule` is no schedule.
pub fn replay(schedule: &str, scenario: impl Fn() + Send + Sync + 'static) -> Result<(), Failure> {
    replay_any(schedule, Arc::new(scenario))
}

fn replay_any(schedule: &str, scenario: Scenario) -> Result<(), Failure> {
    let schedule = decode(schedule).expect("a schedule, as a failure tells it");
    run(ReplayScheduler::new_from_schedule(schedule), None, scenario).map(drop)
}

fn run_both(schedules: usize, scenario: &Scenario) -> Result<(), Failure> {
    let random = RandomScheduler::new_from_seed(SEED, schedules - schedules / 2);
    if run(random, None, Arc::clone(scenario))? == 0 {
        return Ok(()); // There was no choice, and shuttle's PCT refuses what gives it none.
    }
    let pct = PctScheduler::new_from_seed(SEED, PREEMPTIONS, schedules / 2);
    run(pct, Some(FAIR_FROM), Arc::clone(scenario)).map(drop)
}

fn run(
    scheduler: impl Scheduler + 'static,
    fair_from: Option<usize>,
    scenario: Scenario,
) -> Result<usize, Failure> {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    // Its own way to tell a schedule is one for the whole process, and many tests run in it.
    config.failure_persistence = FailurePersistence::None;
    // That atomics are taken as sequentially consistent is said in `model`.
    config.silence_warnings = true;
    let taken = Arc::new(Mutex::new(Taken {
        fair_from,
        ..Taken::default()
    }));
    let recorder = Recorder {
        scheduler,
        taken: Arc::clone(&taken),
    };
    hush();
    EXPLORING.set(true);
    LAST_PANIC.set(None);
    let result = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(recorder, config).run(move || {
            model::reset();
            scenario();
        })
    }));
    EXPLORING.set(false);
    if env::var_os("VERIFY_COUNT").is_some() {
        let (runs, steps) = taken.lock().map(|t| (t.runs, t.steps)).unwrap_or_default();
        println!(
            "{} {runs} runs, {} steps",
            thread::current().name().unwrap_or_default(),
            steps
        );
    }
    match result {
        Ok(_) => Ok(taken.lock().map_or(0, |taken| taken.choices)),
        Err(payload) => Err(Failure {
            message: format!(
                "{} (the last panic: {})",
                message_of(&*payload),
                LAST_PANIC.take().unwrap_or_else(|| "none".into())
            ),
            schedule: taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .to_string(),
        }),
    }
}

/// Runs `test` with values of `strategy`, other ones in each run.
///
/// # Panics
///
/// As [`explore`] does.
pub fn explore_values<S, F>(strategy: fn() -> S, test: F)
where
    S: proptest::strategy::Strategy + 'static,
    F: Fn(S::Value) -> Result<(), proptest::test_runner::TestCaseError> + Send + Sync + 'static,
{
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
    use shuttle::rand::RngCore;
    explore_test(move || {
        // From the scheduler, so that a replay has the same.
        let mut seed = [0; 32];
        shuttle::rand::thread_rng().fill_bytes(&mut seed);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let value = strategy().new_tree(&mut runner).expect("a value").current();
        let shown = format!("{value:?}");
        if let Err(error) = test(value) {
            std::panic::panic_any(format!("{error} with {shown}"));
        }
    });
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".into())
}

/// Writes down what a scheduler decides.
#[derive(Debug)]
struct Recorder<S> {
    scheduler: S,
    /// In this run.
    taken: Arc<Mutex<Taken>>,
}

/// The seed of the random numbers, and the decisions: the number of the thread that goes on, or
/// `None` where a random number was asked for.
#[derive(Debug, Default)]
struct Taken {
    seed: u64,
    decisions: Vec<Option<usize>>,
    runs: usize,
    steps: usize,
    choices: usize,
    randoms: usize,
    fair_from: Option<usize>,
}

impl fmt::Display for Taken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        self.decisions
            .iter()
            .try_for_each(|decision| match decision {
                Some(thread) => write!(f, ".{thread}"),
                None => f.write_str(".r"),
            })
    }
}

/// The inverse of how [`Taken`] is written.
fn decode(text: &str) -> Option<Schedule> {
    let (seed, decisions) = text.split_once('.')?;
    let mut schedule = Schedule::new(seed.parse().ok()?);
    for decision in decisions.split('.') {
        match decision {
            "r" => schedule.push_random(),
            thread => schedule.push_task(thread.parse::<usize>().ok()?.into()),
        }
    }
    Some(schedule)
}

impl<S> Recorder<S> {
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Scheduler> Scheduler for Recorder<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let taken = Arc::clone(&self.taken);
        let mut taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        // Where there is no choice, one run says it all; or some, of random values.
        let no_choice = taken.runs > taken.randoms.min(64) && taken.choices == 0;
        if STEPS_LEFT
            .get()
            .is_some_and(|most| no_choice || taken.steps >= most / 2)
        {
            // Shuttle's would take an early end for a failure, and print a seed.
            while self.scheduler.new_execution().is_some() {}
            return None;
        }
        let schedule = self.scheduler.new_execution()?;
        taken.runs += 1;
        taken.seed = schedule.seed;
        taken.decisions.clear();
        drop(taken);
        Some(schedule)
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        is_yielding: bool,
    ) -> Option<TaskId> {
        // Without those that wait, which may wake up without cause: here they would but wait again.
        let runnable: Vec<_> = runnable
            .iter()
            .copied()
            .filter(|task| task.runnable())
            .collect();
        // To shuttle, who begins to wait also yields, and would be last in line from then on.
        let is_yielding = is_yielding && runnable.iter().any(|task| Some(task.id()) == current);
        let mut next = self.scheduler.next_task(&runnable, current, is_yielding)?;
        let taken = self.taken();
        if taken
            .fair_from
            .is_some_and(|from| taken.decisions.len() >= from)
        {
            // In turn, from here on: nobody is left behind for ever while others go round.
            let shuffled = (taken.decisions.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            next = runnable[shuffled as usize % runnable.len()].id();
        }
        drop(taken);
        let mut taken = self.taken();
        taken.decisions.push(Some(next.into()));
        taken.steps += 1;
        taken.choices += usize::from(runnable.len() > 1);
        drop(taken);
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        let mut taken = self.taken();
        taken.decisions.push(None);
        taken.randoms += 1;
        drop(taken);
        self.scheduler.next_u64()
    }
}
