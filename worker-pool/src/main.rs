//! Runs a command for each line of standard input, several at a time, like `xargs -P`.

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::Context;
use clap::Parser;
use worker_pool::pool::{Pool, Report};
use worker_pool::results::task;

mod program {
    pub(crate) mod command;
    pub(crate) mod input;
    pub(crate) mod runner;
}
use program::input::{read_lines, signals};
use program::runner::Runner;

/// Runs COMMAND once for each line of standard input, with the line as its last argument, several
/// at a time. The output of each command comes out whole. Without COMMAND: a few jobs of its own,
/// one of which panics.
///
/// Exit codes: 0; 123 if a command failed, 126 if it could not be run, 127 if it was not found; 130
/// after Ctrl-C, when the commands that run have ended. A second Ctrl-C ends at once.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many run at a time [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    workers: Option<u16>,

    /// How many lines may wait, for a worker or to be printed [default: 4 for each worker]
    #[arg(long, value_name = "N")]
    queue: Option<u16>,

    /// Print in the order of the lines, not in the order in which commands end
    #[arg(long)]
    ordered: bool,

    /// The command and its first arguments
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("worker-pool", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.map_or_else(processors, usize::from);
    let queue = args.queue.map_or(4 * workers, usize::from);
    let limit = workers + queue;
    let pool = Pool::start(workers, limit).context("cannot start the workers")?;
    if args.command.is_empty() {
        return demonstrate(pool).context("cannot write to standard output");
    }
    let stopped = Arc::new(AtomicBool::new(false));
    let signals = signals(&stopped).context("cannot listen for signals")?;
    let lines = read_lines().context("cannot start the reader")?;
    let out = common::streams::stdout()?;
    let runner = Runner::new(
        args.command.clone(),
        pool,
        limit,
        args.ordered,
        stopped,
        out,
    );
    common::timed("all commands", || runner.run(&lines, &signals))
        .context("cannot write to standard output")
}

/// Jobs with results, one of which is a panic.
fn demonstrate(pool: Pool) -> io::Result<u8> {
    let start = |n: u64| {
        let (job, handle) = task(move || {
            tracing::info!("job {n} runs");
            if n == 4 {
                // As `panic!`, but without the message that std prints.
                resume_unwind(Box::new("there is no job 4"));
            }
            (1..=n * 1_000_000).sum::<u64>()
        });
        pool.execute(job);
        (n, handle)
    };
    let handles: Vec<_> = (1..=6).map(start).collect();
    let mut out = common::streams::stdout()?;
    for (n, handle) in handles {
        match handle.wait() {
            Ok(sum) => writeln!(out, "job {n}: {sum}")?,
            Err(failure) => writeln!(out, "job {n}: {failure}")?,
        }
    }
    let Report { completed, failed } = pool.finish();
    writeln!(out, "{completed} completed, {failed} failed")?;
    Ok(0)
}
