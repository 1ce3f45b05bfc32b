//! Runs the command for a line and keeps what it prints.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use common::timeline;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionread};

use super::input::short;
use super::spool::{BLOCK, Kept, Spool};

/// What became of a line.
#[derive(Debug)]
pub(crate) enum Outcome {
    Ended(Output),
    CannotRun(io::Error),
    /// The job panicked: a mistake of this program, which costs no other line.
    Panicked,
    NotRun,
}

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: io::Result<ExitStatus>,
    pub(crate) stdout: Kept,
    pub(crate) stderr: Kept,
    /// Why that is not all of it.
    pub(crate) lost: Option<io::Error>,
}

/// The command, and what its runs share.
#[derive(Debug)]
pub(crate) struct Commands {
    /// The command and its first arguments.
    words: Vec<OsString>,
    /// What the line stands in for; without it, the line is the last argument.
    replace: Option<String>,
    /// From then on, no command begins.
    pub(crate) stopped: Arc<AtomicBool>,
    pub(crate) spool: Spool,
    running: Mutex<usize>,
    ended: Condvar,
}

impl Commands {
    pub(crate) fn new(
        words: Vec<OsString>,
        replace: Option<String>,
        stopped: Arc<AtomicBool>,
    ) -> Self {
        Self {
            words,
            replace,
            stopped,
            spool: Spool::new(),
            running: Mutex::default(),
            ended: Condvar::new(),
        }
    }

    /// Runs the command for `line`, unless it is time to stop.
    pub(crate) fn run(&self, line: &OsStr) -> Outcome {
        let child = match self.start(line) {
            Ok(Some(child)) => child,
            Ok(None) => return Outcome::NotRun,
            Err(error) => return Outcome::CannotRun(error),
        };
        let block = timeline::at_work(short(line));
        let output = self.follow(child);
        drop(block);
        if let Ok(status) = &output.status
            && status.code() == Some(255)
        {
            // Here, so that no other begins meanwhile.
            self.stopped.store(true, Relaxed);
        }
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        // All: the one that is woken may find that it is time to stop, and start nothing.
        self.ended.notify_all();
        Outcome::Ended(output)
    }

    /// Where the system has no process or descriptor to spare, waits until another command has ended,
    /// and tries again.
    fn start(&self, line: &OsStr) -> io::Result<Option<Child>> {
        tracing::debug!("running {:?} {line:?}", self.words[0]);
        let mut command = self.command(line);
        // Held while it starts, so that none can end between the failure and the wait.
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        while !self.stopped.load(Relaxed) {
            match command.spawn() {
                Err(error) if *running > 0 && is_for_a_moment(&error) => {
                    let _waits = timeline::waits();
                    let woken = self.ended.wait(running);
                    running = woken.unwrap_or_else(PoisonError::into_inner);
                }
                child => {
                    *running += usize::from(child.is_ok());
                    return child.map(Some);
                }
            }
        }
        Ok(None)
    }

    fn command(&self, line: &OsStr) -> Command {
        let mut command = Command::new(&self.words[0]);
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        match &self.replace {
            None => command.args(&self.words[1..]).arg(line),
            Some(replace) => {
                command.args(self.words[1..].iter().map(|word| put(line, replace, word)))
            }
        };
        command
    }

    /// Keeps what `child` prints until it ends. A process that it leaves behind may hold its pipes much
    /// longer, and is not waited for.
    fn follow(&self, mut child: Child) -> Output {
        const TICK: Duration = Duration::from_millis(100);
        let pipes = [
            child.stdout.take().map(OwnedFd::from),
            child.stderr.take().map(OwnedFd::from),
        ];
        let mut streams = pipes.map(Stream::new);
        let mut asked = Instant::now();
        let status = loop {
            if streams.iter().all(|stream| stream.pipe.is_none()) {
                break child.wait();
            }
            // Not only when nothing comes: what it has left behind may print without an end.
            if asked.elapsed() >= TICK {
                asked = Instant::now();
                if let Some(status) = child.try_wait().transpose() {
                    for stream in &mut streams {
                        stream.take_rest(&self.spool);
                    }
                    break status;
                }
            }
            for stream in readable(&mut streams, TICK) {
                stream.take(BLOCK, &self.spool);
            }
        };
        let [stdout, stderr] = streams;
        Output {
            status,
            lost: stdout.lost.or(stderr.lost),
            stdout: stdout.kept,
            stderr: stderr.kept,
        }
    }
}

/// What a command prints on one of its streams.
struct Stream {
    /// Until its end.
    pipe: Option<File>,
    kept: Kept,
    lost: Option<io::Error>,
}

impl Stream {
    fn new(pipe: Option<OwnedFd>) -> Self {
        Self {
            pipe: pipe.map(File::from),
            kept: Kept::default(),
            lost: None,
        }
    }

    /// Takes up to `most` bytes, and says how many.
    fn take(&mut self, most: usize, spool: &Spool) -> usize {
        let Some(pipe) = &mut self.pipe else { return 0 };
        let mut bytes = vec![0; most.min(BLOCK)];
        let taken = pipe.read(&mut bytes).and_then(|length| {
            spool.keep(&mut self.kept, &bytes[..length])?;
            Ok(length)
        });
        match taken {
            Ok(length) if length > 0 => return length,
            Ok(_) => self.pipe = None,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            // Closed, so that the command does not wait for room.
            Err(error) => (self.pipe, self.lost) = (None, Some(error)),
        }
        0
    }

    /// Takes what is in the pipe now, and no more.
    fn take_rest(&mut self, spool: &Spool) {
        let waiting = self.pipe.as_ref().and_then(|it| ioctl_fionread(it).ok());
        let mut waiting = usize::try_from(waiting.unwrap_or_default()).unwrap_or_default();
        while waiting > 0 {
            match self.take(waiting, spool) {
                0 => break,
                length => waiting -= length,
            }
        }
    }
}

/// Those of which something has come, or the end; none, where `limit` is over before.
fn readable(streams: &mut [Stream], limit: Duration) -> impl Iterator<Item = &mut Stream> {
    let open = streams.iter_mut().filter(|stream| stream.pipe.is_some());
    let open: Vec<&mut Stream> = open.collect();
    let pipes = open.iter().filter_map(|stream| stream.pipe.as_ref());
    let mut fds: Vec<_> = pipes.map(|pipe| PollFd::new(pipe, PollFlags::IN)).collect();
    // Fails when a signal comes: then, nothing has come.
    let _ = poll(&mut fds, Timespec::try_from(limit).ok().as_ref());
    let came: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
    let came = open.into_iter().zip(came).filter(|(_, came)| *came);
    came.map(|(stream, _)| stream)
}

/// Whether the system lacks something that a process gives back when it ends.
fn is_for_a_moment(error: &io::Error) -> bool {
    let error = Errno::from_io_error(error);
    matches!(
        error,
        Some(Errno::AGAIN | Errno::NOMEM | Errno::MFILE | Errno::NFILE)
    )
}

/// `word` with `line` wherever it has `replace`.
fn put(line: &OsStr, replace: &str, word: &OsStr) -> OsString {
    let (mut rest, mut done) = (word.as_bytes(), Vec::new());
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(after) = rest.strip_prefix(replace.as_bytes()) {
            done.extend_from_slice(line.as_bytes());
            rest = after;
        } else {
            done.push(byte);
            rest = after;
        }
    }
    OsString::from_vec(done)
}
