//! Programs as processes.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::LIMIT;
use crate::kit::within_limit;

/// A command that runs `program` without a log and without input, and keeps what it prints.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("RUST_LOG", "off").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `command`, with the streams that it has, to its end.
///
/// # Panics
///
/// When it cannot start, or does not end within [`LIMIT`].
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    Running::start(command).end()
}

/// A process that is killed when the test is over, however that ends. A test may take its pipes.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    /// Starts `command`, with the streams that it has.
    ///
    /// # Panics
    ///
    /// When it cannot start.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        loop {
            match command.spawn() {
                // A test has just written the program, and a process that another test starts at
                // this moment still holds it open.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
                child => return Self(child.expect("the command starts")),
            }
        }
    }

    /// How it ends, and what it prints until then, where the test has not taken the pipe.
    ///
    /// # Panics
    ///
    /// When it does not end within [`LIMIT`].
    #[track_caller]
    pub fn end(self) -> Output {
        self.end_within(LIMIT)
    }

    #[track_caller]
    pub(crate) fn end_within(mut self, limit: Duration) -> Output {
        let deadline = Instant::now() + limit;
        let (stdout, stderr) = (self.0.stdout.take(), self.0.stderr.take());
        let (stdout, stderr) = within_limit(limit, || {
            let stderr = thread::spawn(|| rest(stderr));
            (rest(stdout), stderr.join().expect("it can be read"))
        });
        // As a rule, that was the end. But it may close its streams and go on, or have no pipes.
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is a child of this process") {
                break status;
            }
            let is_over = Instant::now() > deadline;
            assert!(!is_over, "no end within {limit:?}: it hangs");
            thread::yield_now();
        };
        Output {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is left of `pipe`; nothing where the test has taken it.
pub(crate) fn rest(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("it can be read");
    }
    bytes
}
