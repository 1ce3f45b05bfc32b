//! Programs as processes.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::LIMIT;
use crate::kit::within_limit;

/// What every program does, told of one.
#[derive(Clone, Copy, Debug)]
pub struct Habits<'a> {
    /// Its path: `env!("CARGO_BIN_EXE_name")`.
    pub program: &'a str,
    /// How its help begins.
    pub about: &'a str,
    /// Arguments with which it prints something.
    pub prints: &'a [&'a str],
    /// Arguments that it refuses, and a part of the reason.
    pub refuses: &'a [(&'a [&'a str], &'a str)],
}

impl Habits<'_> {
    /// Runs the program once for each habit: help, arguments refused, a reader that has gone, an
    /// output that cannot be written.
    ///
    /// # Panics
    ///
    /// When the program lacks one.
    #[track_caller]
    pub fn check(&self) {
        let name = Path::new(self.program).file_name().and_then(OsStr::to_str);
        let name = name.expect("its name is text");
        let run = |arguments: &[&str], stdout: Stdio| {
            run(command(self.program).args(arguments).stdout(stdout))
        };

        let help = run(&["--help"], Stdio::piped());
        let text = String::from_utf8_lossy(&help.stdout);
        assert!(
            help.status.success() && text.starts_with(self.about),
            "{text}"
        );

        for (arguments, reason) in self.refuses {
            let refused = run(arguments, Stdio::piped());
            let complaint = String::from_utf8_lossy(&refused.stderr);
            assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
            assert!(complaint.contains(reason), "{arguments:?}: {complaint}");
            assert_eq!(refused.stdout, b"", "{arguments:?}");
        }

        let (reader, writer) = io::pipe().expect("there is a pipe left");
        drop(reader);
        let unread = run(self.prints, writer.into());
        assert_eq!(String::from_utf8_lossy(&unread.stderr), "");
        assert_eq!(unread.status.code(), Some(0), "its reader has gone");

        // Open for reading only.
        let null = File::open("/dev/null").expect("there is one");
        let unwritten = run(self.prints, null.into());
        let complaint = String::from_utf8_lossy(&unwritten.stderr);
        let expected = format!("{name}: cannot write to standard output: Bad file descriptor");
        assert!(complaint.starts_with(&expected), "{complaint}");
        assert_eq!(
            unwritten.status.code(),
            Some(1),
            "its output was open for reading"
        );

        // Only some systems have one.
        if let Ok(full) = File::options().write(true).open("/dev/full") {
            let unwritten = run(self.prints, full.into());
            let complaint = String::from_utf8_lossy(&unwritten.stderr);
            let expected = format!("{name}: cannot write to standard output: No space left");
            assert!(complaint.starts_with(&expected), "{complaint}");
            assert_eq!(complaint.lines().count(), 1, "{complaint}");
            assert_eq!(unwritten.status.code(), Some(1), "its output was full");
        }
    }
}

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
