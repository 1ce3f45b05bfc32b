//! Prints what each channel operation gives back in each state of the channel, and what to do then.

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
struct Args {
    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("errors", &args.timeline, || {
        log_panics_of_workers();
        let cases = common::timed("all operations done", cases);
        print(common::streams::stdout()?, cases).context("cannot write to standard output")?;
        Ok(0)
    })
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
