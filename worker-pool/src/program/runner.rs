//! Runs a command for each line, several at a time, and prints the outcomes.
//!
//! reader -> [lines] -> main -> pool -> [done] -> main -> stdout
//!           [signals] --^
//!
//! The main thread makes all decisions. It waits for three channels at once, and so hears of Ctrl-C
//! even while the reader is blocked in a read, which nothing can end.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crossbeam_channel::{Receiver, Sender, never, select_biased, unbounded};
use worker_pool::pool::Pool;

use super::command::{self, Failure, Output};

/// The outcome of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    Ended(Output),
    Failed(Failure),
    /// The job panicked: a mistake of this program, which costs no other line.
    Panicked,
    NotRun,
}

/// Takes lines while fewer than `limit` are queued, running, or waiting to be printed.
#[derive(Debug)]
pub(crate) struct Runner<Out> {
    command: Arc<[OsString]>,
    pool: Pool,
    /// Set by a signal: jobs that have not begun by then do nothing.
    stopped: Arc<AtomicBool>,
    done_tx: Sender<(usize, OsString, Outcome)>,
    done_rx: Receiver<(usize, OsString, Outcome)>,
    limit: usize,
    ordered: bool,
    out: Out,
    taken: usize,
    printed: usize,
    /// What came before its turn.
    early: BTreeMap<usize, (OsString, Outcome)>,
    exit_code: u8,
}

impl<Out: Write> Runner<Out> {
    /// `pool` must have room for `limit` jobs.
    pub(crate) fn new(
        command: Vec<OsString>,
        pool: Pool,
        limit: usize,
        ordered: bool,
        stopped: Arc<AtomicBool>,
        out: Out,
    ) -> Self {
        // Never holds more than `limit`: an unbounded channel takes no room beforehand.
        let (done_tx, done_rx) = unbounded();
        Self {
            command: command.into(),
            pool,
            stopped,
            done_tx,
            done_rx,
            limit,
            ordered,
            out,
            taken: 0,
            printed: 0,
            early: BTreeMap::new(),
            exit_code: 0,
        }
    }

    /// Runs until all lines are done, or a signal has come and what runs has ended. Returns the
    /// exit code; fails when the output cannot be written.
    pub(crate) fn run(
        mut self,
        lines: &Receiver<io::Result<OsString>>,
        signals: &Receiver<i32>,
    ) -> io::Result<u8> {
        let code = self.work(lines, signals);
        // Where the output is gone, what is queued is not run.
        self.stopped.store(true, Relaxed);
        code
    }

    fn work(
        &mut self,
        lines: &Receiver<io::Result<OsString>>,
        signals: &Receiver<i32>,
    ) -> io::Result<u8> {
        let (mut open, mut interrupted) = (true, None);
        while open || self.printed < self.taken {
            let room = open && self.taken - self.printed < self.limit;
            let next_line = if room { lines } else { &never() };
            // Signals first: a random choice would start more commands meanwhile.
            select_biased! {
                recv(signals) -> signal => {
                    open = false;
                    interrupted = interrupted.or(signal.ok());
                    tracing::info!("a signal has come: no more lines are taken");
                    for line in waiting(lines).flatten() {
                        self.taken += 1;
                        self.finish(self.taken - 1, line, Outcome::NotRun)?;
                    }
                }
                recv(self.done_rx) -> done => {
                    let (number, line, outcome) = done.expect("it has a sender of its own");
                    self.finish(number, line, outcome)?;
                }
                recv(next_line) -> line => match line {
                    Ok(Ok(line)) => self.start(line),
                    Ok(Err(error)) => {
                        complain(format_args!("cannot read standard input: {error}"));
                        self.exit_code = self.exit_code.max(1);
                    }
                    Err(_) => open = false,
                },
            }
        }
        if let Some(signal) = interrupted {
            return Ok(u8::try_from(128 + signal).unwrap_or(u8::MAX));
        }
        Ok(self.exit_code)
    }

    fn start(&mut self, line: OsString) {
        let message = (self.taken, line, Outcome::Panicked);
        let mut done = Done {
            message: Some(message),
            done_tx: self.done_tx.clone(),
        };
        self.taken += 1;
        let (command, stopped) = (Arc::clone(&self.command), Arc::clone(&self.stopped));
        let job = move || {
            if let Some((_, line, outcome)) = &mut done.message {
                *outcome = if stopped.load(Relaxed) {
                    Outcome::NotRun
                } else {
                    command::run(&command, line).map_or_else(Outcome::Failed, Outcome::Ended)
                };
            }
        };
        // Never waits: there is room for all that are taken.
        self.pool.execute(job);
    }

    fn finish(&mut self, number: usize, line: OsString, outcome: Outcome) -> io::Result<()> {
        let turn = if self.ordered { number } else { self.printed };
        self.early.insert(turn, (line, outcome));
        while let Some((line, outcome)) = self.early.remove(&self.printed) {
            self.printed += 1;
            self.print(&line, outcome)?;
        }
        Ok(())
    }

    fn print(&mut self, line: &OsString, outcome: Outcome) -> io::Result<()> {
        // The codes of GNU xargs; of several, the highest tells most.
        let code = match outcome {
            Outcome::Ended(mut output) => {
                if !output.print(&mut self.out, &mut io::stderr())? {
                    // Costs no other line, but the exit code tells.
                    self.exit_code = self.exit_code.max(1);
                }
                if output.status.success() {
                    return Ok(());
                }
                complain(format_args!("{line:?}: {}", output.status));
                123
            }
            Outcome::Failed(failure) => {
                complain(format_args!("{line:?}: {failure}"));
                failure.exit_code()
            }
            Outcome::Panicked => {
                complain(format_args!("{line:?}: the job panicked"));
                1
            }
            Outcome::NotRun => {
                complain(format_args!("{line:?}: not run"));
                0
            }
        };
        self.exit_code = self.exit_code.max(code);
        Ok(())
    }
}

/// Tells the main thread of the end of a job, also when it panics.
struct Done {
    message: Option<(usize, OsString, Outcome)>,
    done_tx: Sender<(usize, OsString, Outcome)>,
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(message) = mem::take(&mut self.message) {
            // Fails when the output is gone, and the main thread with it.
            let _ = self.done_tx.send(message);
        }
    }
}

/// What waits in the channel now, and no more: a sender that keeps up would never let it end.
fn waiting<T>(rx: &Receiver<T>) -> impl Iterator<Item = T> {
    rx.try_iter().take(rx.len())
}

fn complain(what: fmt::Arguments<'_>) {
    common::complain("worker-pool", what);
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::bounded;

    use super::*;

    #[test]
    fn what_comes_later_does_not_wait_yet() {
        let (line_tx, line_rx) = bounded(2);
        line_tx.send(1).unwrap();
        line_tx.send(2).unwrap();
        // Each line makes room for another, which comes at once.
        let refill = |line: &i32| line_tx.send(line + 2).unwrap();
        let waited: Vec<i32> = waiting(&line_rx).inspect(refill).take(100).collect();
        assert_eq!(waited, [1, 2]);
    }
}
