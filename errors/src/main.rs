//! Prints what each channel operation gives back in each state of the channel, and what to do then.

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::{panic, thread};

use anyhow::Context;
use clap::Parser;

mod program {
    pub(crate) mod cases;
    pub(crate) mod shown;
    pub(crate) mod table;
}
use program::cases::cases;
use program::table::print;

/// Does each operation on a real channel, std's and crossbeam's, in each state that matters, and
/// prints a table: operation, state of the channel, what came back from both, what to do.
#[derive(Parser)]
#[command(version)]
struct Args {}

fn main() -> ExitCode {
    let Args {} = Args::parse();
    common::init();
    log_panics_of_workers();
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the complaint cannot be written, the exit code still tells.
            let _ = writeln!(io::stderr(), "errors: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let cases = common::timed("all operations done", cases);
    print(io::stdout().lock(), &cases).context("cannot write to standard output")
}

/// Some cases are about a worker that panics: its message goes to the log, which can be silenced.
fn log_panics_of_workers() {
    let default_hook = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().name() == Some("main") {
            default_hook(panic);
        } else {
            tracing::info!("{}", panic.to_string().replace('\n', " "));
        }
    }));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
