//! Runs one command and keeps what it prints, in memory or, when that is much, in a file.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{self, Read, Seek, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;

use tempfile::{SpooledTempFile, spooled_tempfile};

/// The most of a stream to keep in memory; a longer one goes to an unnamed file.
const IN_MEMORY: usize = 1 << 20;

/// How a command ended, and what it printed.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    stdout: SpooledTempFile,
    stderr: SpooledTempFile,
}

/// Why there is no output.
#[derive(Debug)]
pub(crate) enum Failure {
    CannotStart(io::Error),
    CannotRead(io::Error),
}

impl Failure {
    /// As GNU xargs has it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::CannotStart(error) if error.kind() == io::ErrorKind::NotFound => 127,
            Self::CannotStart(_) => 126,
            Self::CannotRead(_) => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CannotStart(error) => write!(f, "cannot run the command: {error}"),
            Self::CannotRead(error) => write!(f, "cannot keep the output: {error}"),
        }
    }
}

/// Runs `command` with `line` as its last argument.
pub(crate) fn run(command: &[OsString], line: &OsStr) -> Result<Output, Failure> {
    tracing::debug!("running {:?} {line:?}", command[0]);
    let child = Command::new(&command[0])
        .args(&command[1..])
        .arg(line)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Failure::CannotStart)?;
    finish(child).map_err(Failure::CannotRead)
}

fn finish(mut child: Child) -> io::Result<Output> {
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    // Both at once: a command that fills one pipe while we wait for the other would wait forever.
    let (stdout, stderr) = thread::scope(|scope| {
        let stderr = scope.spawn(|| spool(stderr));
        (
            spool(stdout),
            stderr.join().expect("reading does not panic"),
        )
    });
    // In any case, or it would stay behind as a zombie.
    let status = child.wait()?;
    Ok(Output {
        status,
        stdout: stdout?,
        stderr: stderr?,
    })
}

fn spool(stream: Option<impl Read>) -> io::Result<SpooledTempFile> {
    let mut spooled = spooled_tempfile(IN_MEMORY);
    if let Some(mut stream) = stream {
        io::copy(&mut stream, &mut spooled)?;
    }
    spooled.rewind()?;
    Ok(spooled)
}

impl Output {
    /// Prints both streams, each whole. Fails when `stdout` does; returns whether `stderr` took all.
    pub(crate) fn print(
        &mut self,
        stdout: &mut impl Write,
        stderr: &mut impl Write,
    ) -> io::Result<bool> {
        let told = io::copy(&mut self.stderr, stderr).is_ok();
        io::copy(&mut self.stdout, stdout)?;
        stdout.flush()?;
        Ok(told)
    }
}
