//! Runs a scenario under thousands of schedules.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, thread};

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
    explore_any(Arc::new(scenario));
}

/// One type for all scenarios: hundreds of copies of the scheduler would keep the compiler busy.
type Scenario = Arc<dyn Fn() + Send + Sync>;

fn explore_any(scenario: Scenario) {
    let number = env::var("VERIFY_SCHEDULES").map_or(SCHEDULES, |number| {
        number.parse().expect("VERIFY_SCHEDULES must be a number")
    });
    let result = match env::var("VERIFY_REPLAY") {
        Ok(schedule) => replay_any(&schedule, scenario),
        Err(_) => run_both(number, &scenario),
    };
    if let Err(failure) = result {
        let test = thread::current();
        panic!(
            "{}\nto see it again: VERIFY_REPLAY={} cargo test -p verify {} -- --exact",
            failure.message,
            failure.schedule,
            test.name().unwrap_or_default()
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
    let taken = Arc::default();
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
                .join("."),
        }),
    }
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic without a message".into())
}

/// Writes down what a scheduler decides: the seed of its random numbers, then the number of the
/// thread that goes on, or `r` where a random number was asked for.
#[derive(Debug)]
struct Recorder<S> {
    scheduler: S,
    /// In this run.
    taken: Arc<Mutex<Vec<String>>>,
}

impl<S> Recorder<S> {
    fn write_down(&self, decision: String) {
        let taken = self.taken.lock();
        taken.unwrap_or_else(PoisonError::into_inner).push(decision);
    }
}

impl<S: Scheduler> Scheduler for Recorder<S> {
    fn new_execution(&mut self) -> Option<Schedule> {
        let schedule = self.scheduler.new_execution()?;
        let taken = self.taken.lock();
        taken.unwrap_or_else(PoisonError::into_inner).clear();
        self.write_down(schedule.seed.to_string());
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
        self.write_down(usize::from(next).to_string());
        Some(next)
    }

    fn next_u64(&mut self) -> u64 {
        self.write_down("r".into());
        self.scheduler.next_u64()
    }
}

/// The inverse of what a [`Recorder`] writes down.
fn decode(text: &str) -> Option<Schedule> {
    let (seed, decisions) = text.split_once('.')?;
    let mut schedule = Schedule::new(seed.parse().ok()?);
    for decision in decisions.split('.') {
        match decision {
            "r" => schedule.push_random(),
            task => schedule.push_task(task.parse::<usize>().ok()?.into()),
        }
    }
    Some(schedule)
}
