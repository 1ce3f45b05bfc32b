//! The threads: one for each sensor, one that works, and this one, which decides when it is enough.

use std::convert::Infallible;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{self, Builder, Scope, ScopedJoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

use anyhow::Context;
use common::timeline::{at_work, mark, waits};
use crossbeam_channel::{Receiver, bounded};
use select_shutdown::shutdown::{Intake, Worker};
use select_shutdown::signals::Listener;
use select_shutdown::ticker::{Event, events};

use crate::program::sensors::{SENSORS, Sensor, Summary};

/// A few for each sensor: the worker is much faster than they are.
const QUEUE: usize = 16;

/// How often the log says how far it is.
const PROGRESS: Duration = Duration::from_millis(250);

/// For what is queued when it ends. That takes microseconds, unless the machine is overloaded.
const DRAIN: Duration = Duration::from_secs(5);

/// How fast all goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// Multiplies the pauses of the sensors.
    pub(crate) slower: u32,
    /// For each reading; the summary takes two.
    pub(crate) work: Duration,
}

/// As on a real station.
pub(crate) const REAL: Pace = Pace {
    slower: 1,
    work: Duration::ZERO,
};

/// So that people can follow it: the worker is slower than the sensors, and has something to drain.
pub(crate) const HUMAN: Pace = Pace {
    slower: 60,
    work: Duration::from_millis(85),
};

/// What was read.
#[derive(Debug)]
pub(crate) struct Log {
    summaries: [Summary; SENSORS.len()],
    /// How many readings the sensors know to be accepted.
    accepted: u64,
}

impl Log {
    fn processed(&self) -> u64 {
        self.summaries.iter().map(|summary| summary.count).sum()
    }

    pub(crate) fn lost(&self) -> u64 {
        self.accepted - self.processed()
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (sensor, summary) in SENSORS.iter().zip(&self.summaries) {
            writeln!(f, "{}: {summary}", sensor.name)?;
        }
        let (accepted, processed, lost) = (self.accepted, self.processed(), self.lost());
        writeln!(f, "accepted {accepted}, processed {processed}, lost {lost}")
    }
}

/// Reads the sensors for as long as `duration`, or until a signal, and works through all readings.
pub(crate) fn run(listener: &Listener, duration: Duration, pace: Pace) -> anyhow::Result<Log> {
    let processed = AtomicUsize::new(0);
    let mut summaries = [Summary::default(); SENSORS.len()];
    let accepted = thread::scope(|scope| {
        let (intake, worker) = Worker::new(QUEUE);
        // Nothing is sent: to drop the sender is to tell them all, and a panic does it too.
        let (stop_tx, stop_rx) = bounded::<Infallible>(0);

        let work = |(sensor, value): (usize, u64)| {
            let _block = at_work(SENSORS[sensor].name_of(summaries[sensor].count));
            tracing::debug!("{}: {value}", SENSORS[sensor].name);
            stand_for(pace.work);
            summaries[sensor].add(value);
            processed.fetch_add(1, Relaxed);
        };
        let worker_stop_rx = stop_rx.clone();
        let working = spawn(scope, "worker", move || {
            worker.run(&worker_stop_rx, DRAIN, work)
        })?;
        let mut sensors = Vec::new();
        for (index, sensor) in SENSORS.iter().enumerate() {
            let (intake, stop_rx) = (intake.clone(), stop_rx.clone());
            let pause = sensor.period * pace.slower;
            let read = move || read(sensor, index, pause, &intake, stop_rx);
            sensors.push(spawn(scope, sensor.name, read)?);
        }
        wait_for_the_end(listener, duration, &processed);
        drop(stop_tx);

        let _block = at_work("stop: drain");
        let accepted = sensors.into_iter().map(join).sum();
        let report = join(working);
        let (completed, abandoned) = (report.completed, report.abandoned);
        tracing::info!("drained: {completed} processed, {abandoned} abandoned");
        io::Result::Ok(accepted)
    })
    .context("cannot start a thread")?;
    // What comes after: nobody reads any more, and nothing is queued.
    let _block = at_work("summary");
    stand_for(pace.work * 2);
    Ok(Log {
        summaries,
        accepted,
    })
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn stand_for(work: Duration) {
    thread::sleep(work);
}

/// Reads `sensor` until the stop. Returns how many readings were accepted.
fn read(
    sensor: &Sensor,
    index: usize,
    pause: Duration,
    intake: &Intake<(usize, u64)>,
    stop_rx: Receiver<Infallible>,
) -> u64 {
    let mut accepted = 0;
    // Ends with the loss of the stop's sender: the only thing that can come from there.
    for _tick in events(stop_rx, pause, Duration::MAX, Instant::now) {
        mark(sensor.name_of(accepted));
        if intake.send((index, sensor.read(accepted))).is_err() {
            break; // The worker has heard of the stop before this thread has.
        }
        accepted += 1;
    }
    tracing::debug!("{accepted} readings accepted");
    accepted
}

/// Returns when a signal has come, or when none has for as long as `duration`.
fn wait_for_the_end(listener: &Listener, duration: Duration, processed: &AtomicUsize) {
    tracing::info!("{} sensors are read; Ctrl-C ends it", SENSORS.len());
    let _waits = waits();
    let signal_rx = listener.receiver().clone();
    for event in events(signal_rx, PROGRESS, duration, Instant::now) {
        match event {
            Event::Item(signal) => {
                tracing::info!("signal {signal}: draining; a second one ends at once");
                return;
            }
            Event::Tick(_) => tracing::info!("{} readings so far", processed.load(Relaxed)),
            Event::Idle => break,
        }
    }
    tracing::info!("the time is up: draining");
}

fn spawn<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    body: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    Builder::new().name(name.into()).spawn_scoped(scope, body)
}

/// What the thread returns; its panic goes on here.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread
        .join()
        .unwrap_or_else(|payload| resume_unwind(payload))
}
