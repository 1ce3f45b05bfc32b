//! The program as a process.

use std::process::{Command, Output};

use testkit::program::command;

/// The program, quiet but for its complaints.
pub(crate) fn program() -> Command {
    command(env!("CARGO_BIN_EXE_async-tokio"))
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
