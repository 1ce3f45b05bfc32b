//! Runs a scenario under thousands of schedules.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
const MAX_STEPS: usize = 100_000;

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
    run(ReplayScheduler::new_from_schedule(schedule), scenario)
}

fn run_both(schedules: usize, scenario: &Scenario) -> Result<(), Failure> {
    let random = RandomScheduler::new_from_seed(SEED, schedules - schedules / 2);
    run(random, Arc::clone(scenario))?;
    let pct = PctScheduler::new_from_seed(SEED, PREEMPTIONS, schedules / 2);
    run(pct, Arc::clone(scenario))
}

fn run(scheduler: impl Scheduler + 'static, scenario: Scenario) -> Result<(), Failure> {
    let mut config = Config::new();
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    // Its own way to tell a schedule is one for the whole process, and many tests run in it.
    config.failure_persistence = FailurePersistence::None;
    // That atomics are taken as sequentially consistent is said in `model`.
    config.silence_warnings = true;
    let taken = Arc::new(Mutex::new(Taken::default()));
    let recorder = Recorder {
        scheduler,
        taken: Arc::clone(&taken),
    };
    let result = catch_unwind(AssertUnwindSafe(|| {
        Runner::new(recorder, config).run(move || {
            model::reset();
            scenario();
        })
    }));
    match result {
        Ok(_) => Ok(()),
        Err(payload) => Err(Failure {
            message: message_of(&*payload),
            schedule: taken
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .to_string(),
        }),
    }
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
        let schedule = self.scheduler.new_execution()?;
        let mut taken = self.taken();
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
        let next = self.scheduler.next_task(&runnable, current, is_yielding)?;
        self.taken().decisions.push(Some(next.into()));
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.taken().decisions.push(None);
        self.scheduler.next_u64()
    }
}
