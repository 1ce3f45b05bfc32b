//! Shows errors on several threads; with `--table`, what each channel operation gives back.

use std::process::ExitCode;
use std::{panic, thread};

use anyhow::Context;
use clap::Parser;

mod program {
    pub(crate) mod cases;
    pub(crate) mod demo;
    pub(crate) mod shown;
    pub(crate) mod table;
}
use program::cases::cases;
use program::demo;
use program::table::print;

const NAME: &str = env!("CARGO_PKG_NAME");

/// Shows an error that is gone at a later try, and one that stops all threads. With --table: does
/// each operation on a real channel, std's and crossbeam's, in each state that matters, and prints
/// operation, state of the channel, what came back from both, what to do.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Print what each channel operation gives back in each state of the channel, and what to do then
    #[arg(long)]
    table: bool,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if !args.table {
        return common::show(NAME, &args.timeline, demo::run, demo::LOOK, demo::MORE);
    }
    common::run(NAME, &args.timeline, || {
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
