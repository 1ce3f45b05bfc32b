//! Runs the command for each line, several at a time, and prints the outcomes.
//!
//! reader -> [lines] -> main -> pool -> [done] -> main -> stdout
//!           [signals] --^
//!
//! The main thread makes all decisions. It waits for three channels at once, and so hears of Ctrl-C
//! while nothing comes in.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io::{self, ErrorKind, PipeWriter, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use common::streams::Stream;
use common::timeline;
use crossbeam_channel::{Receiver, Sender, never, select_biased, unbounded};
use worker_pool::pool::Pool;

use super::command::{Commands, Outcome, Output};
use super::input::{Complaint, short};

/// Takes lines while fewer than `limit` are queued, running, or waiting to be printed.
#[derive(Debug)]
pub(crate) struct Runner<Out> {
    commands: Arc<Commands>,
    pool: Pool,
    done_tx: Sender<(usize, OsString, Outcome)>,
    done_rx: Receiver<(usize, OsString, Outcome)>,
    limit: usize,
    ordered: bool,
    out: Out,
    err: Stream,
    /// Why an output is not whole.
    broken: Option<io::Error>,
    /// Until it is time to stop.
    reading: Option<PipeWriter>,
    taken: usize,
    printed: usize,
    /// What came before its turn.
    early: BTreeMap<usize, (OsString, Outcome)>,
    exit_code: u8,
}

impl<Out: Write> Runner<Out> {
    /// `pool` must have room for `limit` jobs.
    pub(crate) fn new(
        commands: Commands,
        pool: Pool,
        limit: usize,
        ordered: bool,
        reading: PipeWriter,
        out: Out,
        err: Stream,
    ) -> Self {
        // Never holds more than `limit`: an unbounded channel takes no room beforehand.
        let (done_tx, done_rx) = unbounded();
        Self {
            commands: Arc::new(commands),
            pool,
            done_tx,
            done_rx,
            limit,
            ordered,
            out,
            err,
            broken: None,
            reading: Some(reading),
            taken: 0,
            printed: 0,
            early: BTreeMap::new(),
            exit_code: 0,
        }
    }

    /// Runs until all lines are done, or it is time to stop and what runs has ended. Returns the exit
    /// code; fails when the output cannot be written.
    pub(crate) fn run(
        mut self,
        lines: &Receiver<Result<OsString, Complaint>>,
        signals: &Receiver<i32>,
    ) -> io::Result<u8> {
        let code = self.work(lines, signals);
        // Where the reader of the output has gone, what is queued is not run.
        self.stop();
        code
    }

    fn work(
        &mut self,
        lines: &Receiver<Result<OsString, Complaint>>,
        signals: &Receiver<i32>,
    ) -> io::Result<u8> {
        let (mut open, mut interrupted) = (true, None);
        while open || self.printed < self.taken {
            let room = open && self.taken - self.printed < self.limit;
            let next_line = if room { lines } else { &never() };
            // Signals first: a random choice would start more commands meanwhile.
            select_biased! {
                recv(signals) -> signal => {
                    interrupted = interrupted.or(signal.ok());
                    self.stop();
                    tracing::info!("a signal has come: no more lines are taken");
                }
                recv(self.done_rx) -> done => {
                    let (number, line, outcome) = done.expect("it has a sender of its own");
                    self.finish(number, line, outcome)?;
                }
                recv(next_line) -> line => match line {
                    Ok(Ok(line)) => self.start(line)?,
                    Ok(Err(complaint)) => self.fail(1, format_args!("{complaint}")),
                    Err(_) => open = false,
                },
            }
        }
        match (self.broken.take(), interrupted) {
            (Some(error), _) => Err(error),
            (None, Some(signal)) => Ok(u8::try_from(128 + signal).unwrap_or(u8::MAX)),
            (None, None) => Ok(self.exit_code),
        }
    }

    /// No more is read, and no more commands begin. What has been read still comes, and is told.
    fn stop(&mut self) {
        self.commands.stopped.store(true, Relaxed);
        self.reading = None;
    }

    fn start(&mut self, line: OsString) -> io::Result<()> {
        let number = self.taken;
        self.taken += 1;
        if self.reading.is_none() {
            return self.finish(number, line, Outcome::NotRun);
        }
        let mut done = Done {
            message: Some((number, line, Outcome::Panicked)),
            done_tx: self.done_tx.clone(),
        };
        let commands = Arc::clone(&self.commands);
        // Never waits: there is room for all that are taken.
        self.pool.execute(move || {
            if let Some((_, line, outcome)) = &mut done.message {
                *outcome = commands.run(line);
            }
        });
        Ok(())
    }

    /// Prints what has its turn now. Fails when nobody reads it.
    fn finish(&mut self, number: usize, line: OsString, outcome: Outcome) -> io::Result<()> {
        let turn = if self.ordered { number } else { self.printed };
        self.early.insert(turn, (line, outcome));
        while let Some((line, outcome)) = self.early.remove(&self.printed) {
            self.printed += 1;
            timeline::mark(short(&line));
            let name = format_args!("{line:?}");
            match outcome {
                Outcome::Ended(output) => self.print(name, output)?,
                Outcome::CannotRun(error) => {
                    let code = match error.kind() {
                        ErrorKind::NotFound => 127,
                        _ => 126,
                    };
                    self.fail(
                        code,
                        format_args!("{name}: cannot run the command: {error}"),
                    );
                }
                Outcome::Panicked => self.fail(1, format_args!("{name}: the job panicked")),
                Outcome::NotRun => self.fail(0, format_args!("{name}: not run")),
            }
        }
        Ok(())
    }

    fn print(&mut self, name: fmt::Arguments<'_>, output: Output) -> io::Result<()> {
        let spool = &self.commands.spool;
        if spool.print(output.stderr, &mut self.err).is_err() {
            // Costs no other line, but the exit code tells.
            self.exit_code = self.exit_code.max(1);
        }
        match spool.print(output.stdout, &mut self.out) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Err(error),
            Err(error) => {
                self.stop();
                self.fail(1, format_args!("{name}: the output is not whole: {error}"));
                self.broken.get_or_insert(error);
            }
            Ok(()) => {}
        }
        if let Some(error) = output.lost {
            self.fail(1, format_args!("{name}: cannot keep the output: {error}"));
        }
        match output.status {
            Ok(status) if status.success() => {}
            Ok(status) => {
                let code = match status.code() {
                    Some(255) => {
                        self.stop();
                        124
                    }
                    Some(_) => 123,
                    None => 125,
                };
                self.fail(code, format_args!("{name}: {status}"));
            }
            Err(error) => self.fail(1, format_args!("{name}: no exit status: {error}")),
        }
        Ok(())
    }

    /// The codes are those of GNU xargs; of several, the highest tells most.
    fn fail(&mut self, code: u8, what: fmt::Arguments<'_>) {
        common::complain("worker-pool", what);
        self.exit_code = self.exit_code.max(code);
    }
}

/// Tells the main thread of the end of a job, also when it panics.
struct Done {
    message: Option<(usize, OsString, Outcome)>,
    done_tx: Sender<(usize, OsString, Outcome)>,
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(message) = self.message.take() {
            // Fails when the reader of the output has gone, and the main thread with it.
            let _ = self.done_tx.send(message);
        }
    }
}
