//! Counts jobs, waits for them, and ends them within a limit, whatever runs them.
//!
//! work -> track -> job: queued -> running -> completed, failed;  dropped -> abandoned
//!
//! Use it beside any pool or plain threads, to see their load, to wait while they go on, and to end
//! a pool that others still use. Where it may just end, its own `finish` does.
//!
//! - Each job is queued, running, completed, failed or abandoned, and counted as such.
//! - `wait` ends when no job is queued or running, or its limit is over. One job may wait so.
//! - Finished, it takes no more jobs; those that have not begun within the limit never do.
//! - A job that panics is counted, and its thread gets the panic.
//!
//! Longer than a page: a job has five states, and each is counted.
//! In short: `examples/wait_until_idle.rs` · Tests: `tests/tracker.rs`
//! Needs: std only

use std::collections::HashMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// Counts jobs. Clones count together.
///
/// ```
/// let jobs = worker_pool::tracker::Tracker::default();
/// std::thread::spawn(jobs.track(|| println!("hello")).expect("it is not finished"));
/// assert!(jobs.wait(std::time::Duration::from_secs(9)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tracker(Arc<Mutex<State>>);

/// What has become of the jobs so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Have not begun.
    pub queued: usize,
    /// Have begun, and not ended.
    pub running: usize,
    /// Ran to their end.
    pub completed: usize,
    /// Panicked.
    pub failed: usize,
    /// Did not run.
    pub abandoned: usize,
}

#[derive(Debug, Default)]
struct State {
    tracked: usize,
    /// The jobs that have not ended, by number, with the thread of those that have begun.
    open: HashMap<usize, Option<ThreadId>>,
    ended: Report,
    /// Who waits. Nothing is ever sent to them: the end of the channel is the message.
    waiting: HashMap<ThreadId, SyncSender<()>>,
    closed: bool,
    over: bool, // No job begins any more.
}

impl Tracker {
    /// Makes `work` a job, which counts as queued from now on; `None` once the tracker is finished.
    pub fn track<W: FnOnce() + Send>(&self, work: W) -> Option<impl FnOnce() + Send + use<W>> {
        let mut state = Some(self.state()).filter(|state| !state.closed)?;
        state.tracked += 1;
        let (jobs, id, ok) = (self.clone(), state.tracked, None);
        state.open.insert(id, None);
        // In this order: a job that is dropped has ended when all that it owned is gone.
        let job = (work, Place { jobs, id, ok });
        Some(move || {
            let (work, place) = job;
            place.run(work);
        })
    }

    /// Waits until no other job is queued or running; returns whether that was so within `limit`.
    /// Jobs that wait for each other, or for what is queued behind them, do so until their limits.
    pub fn wait(&self, limit: Duration) -> bool {
        let (idle_tx, idle_rx) = sync_channel(0);
        let this = thread::current().id();
        self.state().waiting.insert(this, idle_tx);
        self.state().tell();
        let end = idle_rx.recv_timeout(limit);
        self.state().waiting.remove(&this);
        end == Err(RecvTimeoutError::Disconnected)
    }

    /// Takes no more jobs, waits as [`Tracker::wait`] does, and abandons those that have not begun.
    /// Those that run go on, and are in the report; the drop of their pool waits for them.
    pub fn finish(&self, limit: Duration) -> Report {
        self.state().closed = true;
        self.wait(limit);
        self.state().over = true;
        let mut report = self.report();
        report.abandoned += mem::take(&mut report.queued);
        report
    }

    /// What has become of the jobs so far.
    pub fn report(&self) -> Report {
        let state = self.state();
        let mut report = state.ended;
        report.running = state.open.values().flatten().count();
        report.queued = state.open.len() - report.running;
        report
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("nobody panics with it")
    }
}

impl State {
    fn tell(&mut self) {
        let busy = |thread| self.open.values().any(|job| *job != Some(thread));
        self.waiting.retain(|thread, _| busy(*thread));
    }
}

/// Belongs to a job, whose end is its drop.
struct Place {
    jobs: Tracker,
    id: usize,
    ok: Option<bool>, // Whether it has not panicked; `None` where it has not run.
}

impl Place {
    fn run(mut self, work: impl FnOnce()) {
        let mut state = self.jobs.state();
        if !state.over {
            state.open.insert(self.id, Some(thread::current().id()));
            drop(state);
            // Unwind safe: the panic goes on.
            let ended = catch_unwind(AssertUnwindSafe(work));
            self.ok = Some(ended.is_ok());
            drop(self);
            ended.unwrap_or_else(|payload| resume_unwind(payload));
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.jobs.state();
        state.open.remove(&self.id);
        state.ended.completed += usize::from(self.ok == Some(true));
        state.ended.failed += usize::from(self.ok == Some(false));
        state.ended.abandoned += usize::from(self.ok.is_none());
        state.tell();
    }
}
