//! Runs a test under many schedules.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::{env, fmt, thread};

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config as Cases, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use shuttle::rand::RngCore;
use shuttle::scheduler::{
    PctScheduler, RandomScheduler, ReplayScheduler, Schedule, Scheduler, Task, TaskId,
};
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

use crate::model;

/// The most schedules of a test. Half of them are chosen at random at each step; the others by a
/// scheduler that keeps to one thread and changes over a few times, at the least expected moments.
const SCHEDULES: usize = 2_000;

/// A test that takes many steps gets as many schedules as fit in these, and at least one of each kind.
const STEPS: usize = 100_000;

/// In how many places the second scheduler changes over: most known bugs need no more.
const PREEMPTIONS: usize = 3;

/// From this step on, a run is fair: with an input without end, those who are preferred would go
/// round forever.
const FAIR_FROM: usize = 5_000;

/// A run of this many steps goes round in circles.
const MAX_STEPS: usize = 1_000_000;

/// The same schedules each time; more of them begin with these.
const SEED: u64 = 0;

/// Where there is no choice of threads, so many runs of other random values say enough.
const VALUES: usize = 64;

/// Runs `test` under up to 2,000 schedules, the same each time.
///
/// `VERIFY_EFFORT=10` in the environment asks for ten times as many, `VERIFY_REPLAY` for the one
/// schedule that a failure has printed.
///
/// # Panics
///
/// When there is a schedule in which the test fails, hangs, or goes on forever. It is printed, and how
/// to see it again.
pub fn explore(test: impl Fn() + Send + Sync + 'static) {
    let test: Scenario = Arc::new(test);
    let result = if let Ok(schedule) = env::var("VERIFY_REPLAY") {
        replay_any(&schedule, test)
    } else {
        let effort = env::var("VERIFY_EFFORT");
        let effort = effort.map_or(1, |n| n.parse().expect("VERIFY_EFFORT must be a number"));
        search(effort, &test)
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
            "{message}\nto see it again: VERIFY_REPLAY={schedule} \
             cargo test -p verify{features} --test schedules {test} -- --exact"
        );
    }
}

/// Runs `test` with values of `strategy`, other ones under each schedule.
///
/// # Panics
///
/// As [`explore`] does.
pub fn explore_values<S, F>(strategy: fn() -> S, test: F)
where
    S: Strategy + 'static,
    F: Fn(S::Value) -> Result<(), TestCaseError> + Send + Sync + 'static,
{
    explore(move || {
        // From the scheduler, so that a replay has the same.
        let mut seed = [0; 32];
        shuttle::rand::thread_rng().fill_bytes(&mut seed);
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
        let mut runner = TestRunner::new_with_rng(Cases::default(), rng);
        let value = strategy().new_tree(&mut runner).expect("a value").current();
        let shown = format!("{value:?}");
        test(value).unwrap_or_else(|error| panic!("{error} with {shown}"));
    });
}

/// What a test has failed with, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Of the panic; `deadlock` and more if it hangs.
    pub message: String,
    /// All decisions of the scheduler up to there, for [`replay`].
    pub schedule: String,
}

/// Looks for a schedule in which `test` fails: how one shows that a mistake is found.
///
/// # Panics
///
/// When there is none among those of [`explore`].
pub fn failure_of(test: impl Fn() + Send + Sync + 'static) -> Failure {
    search(1, &(Arc::new(test) as Scenario)).expect_err("no schedule makes it fail")
}

/// Runs `test` under the schedule of a [`Failure`].
///
/// # Errors
///
/// When it fails.
///
/// # Panics
///
/// When `schedule` is no schedule.
pub fn replay(schedule: &str, test: impl Fn() + Send + Sync + 'static) -> Result<(), Failure> {
    replay_any(schedule, Arc::new(test))
}

/// One type for all tests: hundreds of copies of the scheduler would keep the compiler busy.
type Scenario = Arc<dyn Fn() + Send + Sync>;

fn replay_any(schedule: &str, test: Scenario) -> Result<(), Failure> {
    let schedule = decode(schedule).expect("a schedule, as a failure tells it");
    let scheduler = ReplayScheduler::new_from_schedule(schedule);
    run(scheduler, Recording::default(), test).map(drop)
}

fn search(effort: usize, test: &Scenario) -> Result<(), Failure> {
    let each = SCHEDULES * effort / 2;
    let recording = || Recording {
        steps_left: Some(STEPS * effort / 2),
        ..Recording::default()
    };
    let random = RandomScheduler::new_from_seed(SEED, each);
    let recorded = run(random, recording(), Arc::clone(test))?;
    if recorded.choices == 0 {
        return Ok(()); // Shuttle's PCT refuses what gives it no choice.
    }
    let pct = PctScheduler::new_from_seed(SEED, PREEMPTIONS, each);
    let recording = Recording {
        is_pct: true,
        ..recording()
    };
    run(pct, recording, Arc::clone(test)).map(drop)
}

fn run(
    scheduler: impl Scheduler + 'static,
    recording: Recording,
    test: Scenario,
) -> Result<Recording, Failure> {
    let mut config = Config::new();
    config.stack_size = 1 << 20;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    // Its own way to tell a schedule is one for the whole process, and many tests run in it.
    config.failure_persistence = FailurePersistence::None;
    // That atomics are taken as sequentially consistent is said in `model`.
    config.silence_warnings = true;
    let recording = Arc::new(Mutex::new(recording));
    let recorder = Recorder {
        scheduler,
        recording: Arc::clone(&recording),
    };
    hush();
    EXPLORING.set(true);
    LAST_PANIC.set(None);
    let result = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(recorder, config).run(move || {
            model::reset();
            test();
        })
    }));
    EXPLORING.set(false);
    let recording = recording.lock().unwrap_or_else(PoisonError::into_inner);
    match result {
        Ok(_) => Ok(recording.clone()),
        Err(payload) => Err(Failure {
            message: message_of(&*payload),
            schedule: recording.to_string(),
        }),
    }
}

thread_local! {
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
    /// Where it was, while a test is explored.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics of a test under the scheduler may be what it is about: they are not printed. Where the last
/// one was is kept.
fn hush() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Shuttle's own hook is set with its first run.
        shuttle::check_random(|| {}, 1);
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if EXPLORING.get() {
                LAST_PANIC.set(info.location().map(ToString::to_string));
            } else {
                before(info);
            }
        }));
    });
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    let text = text.unwrap_or_else(|| "a panic without a message".into());
    match LAST_PANIC.take() {
        Some(place) => format!("{text} (the last panic: {place})"),
        None => text,
    }
}

/// Writes down what a scheduler decides.
#[derive(Debug)]
struct Recorder<S> {
    scheduler: S,
    recording: Arc<Mutex<Recording>>,
}

#[derive(Clone, Debug, Default)]
struct Recording {
    /// Of this run: the seed of the random numbers, and the decisions, each the number of the thread
    /// that goes on, or `None` where a random number was asked for.
    seed: u64,
    decisions: Vec<Option<usize>>,
    /// Of all runs. `None`: any number.
    steps_left: Option<usize>,
    runs: usize,
    choices: usize,
    is_random: bool,
    is_pct: bool,
}

impl Recording {
    fn decide(&mut self, decision: Option<usize>) {
        self.decisions.push(decision);
        self.is_random |= decision.is_none();
        self.steps_left = self.steps_left.map(|steps| steps.saturating_sub(1));
    }

    /// Whether more runs would say no more, or take too long.
    fn is_enough(&self) -> bool {
        let no_choice = self.choices == 0 && self.runs >= if self.is_random { VALUES } else { 1 };
        self.steps_left.is_some_and(|left| left == 0 || no_choice)
    }
}

impl fmt::Display for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.seed)?;
        let mut decisions = self.decisions.iter();
        decisions.try_for_each(|decision| match decision {
            Some(thread) => write!(f, ".{thread}"),
            None => f.write_str(".r"),
        })
    }
}

/// The inverse of how a [`Recording`] is written.
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
    fn recording(&self) -> MutexGuard<'_, Recording> {
        self.recording
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Scheduler> Scheduler for Recorder<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        if self.recording().is_enough() {
            // Shuttle's would take an early end for a failure, and print a seed.
            while self.scheduler.new_execution().is_some() {}
            return None;
        }
        let schedule = self.scheduler.new_execution()?;
        let mut recording = self.recording();
        recording.runs += 1;
        recording.seed = schedule.seed;
        recording.decisions.clear();
        drop(recording);
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
        let mut recording = self.recording();
        if recording.is_pct && recording.decisions.len() >= FAIR_FROM {
            let number = recording.decisions.len() as u64;
            let shuffled = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
            next = runnable[shuffled as usize % runnable.len()].id();
        }
        recording.choices += usize::from(runnable.len() > 1);
        recording.decide(Some(next.into()));
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.recording().decide(None);
        self.scheduler.next_u64()
    }
}
