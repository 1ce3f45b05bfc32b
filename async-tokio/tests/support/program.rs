//! The program as a process.

use std::io::Read;
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use common::within;

use super::LIMIT;

/// The program, quiet but for its complaints.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_async-tokio"));
    command.env("RUST_LOG", "off");
    command
}

/// A process that is killed when the test is over, however it ends.
#[derive(Debug)]
pub(crate) struct Running(pub(crate) Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::with_its_stdout(command.stdout(Stdio::piped()))
    }

    /// Starts `command`, whose standard output goes where the test has said.
    pub(crate) fn with_its_stdout(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::null()).stderr(Stdio::piped());
        Self(command.spawn().expect("the program starts"))
    }

    /// Waits for its end, which must come within the limit, and returns what is left to read.
    pub(crate) fn end(mut self) -> Output {
        let (stdout, stderr) = (self.0.stdout.take(), self.0.stderr.take());
        let (stdout, stderr) = within(LIMIT, || {
            let stderr = thread::spawn(|| rest(stderr));
            (rest(stdout), stderr.join().expect("it can be read"))
        });
        // Both streams have ended, and so has the process, or it is about to.
        let status = self.0.wait().expect("it is a child");
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

/// What is left of `stream`; nothing where the test has taken it.
fn rest(stream: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        let read = stream.read_to_end(&mut bytes);
        read.expect("it can be read");
    }
    bytes
}

/// Runs `command` to its end.
pub(crate) fn run(command: &mut Command) -> Output {
    Running::start(command).end()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
