//! Runs a command for each line of standard input, several at a time, like `xargs -P`.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use anyhow::Context;
use clap::Parser;
use clap::builder::NonEmptyStringValueParser;
use worker_pool::pool::Pool;

mod program {
    pub(crate) mod command;
    pub(crate) mod demo;
    pub(crate) mod input;
    pub(crate) mod runner;
    pub(crate) mod spool;
}
use program::command::Commands;
use program::demo::demo;
use program::input::{read_lines, signals};
use program::runner::Runner;

const NAME: &str = "worker-pool";
const LOOK: &str = "Job 4 panics: its worker takes the next job, and no other job notices.\n\
                    Dots: main waits, since the queue is full.";
const MORE: &str =
    "Give it work: seq 9 | cargo run -p worker-pool -- --timeline sh -c 'sleep 0.$0; echo $0'";

/// Runs COMMAND once for each line of standard input, with the line as its last argument, several
/// at a time. The output of each command comes out whole. Without COMMAND: shows a few jobs of its
/// own, one of which panics.
///
/// Exit codes, as those of xargs: 0; 123 if a command failed, 124 if one ended with 255, 125 if one was
/// killed, 126 if it could not be run, 127 if it was not found; the highest of them. 124 stops as a
/// signal does: lines that were read and not run are listed. After Ctrl-C: 130, when the commands that
/// run have ended. A second Ctrl-C ends at once.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many run at a time [default: one for each processor]
    #[arg(long, value_name = "N", requires = "command", value_parser = clap::value_parser!(u16).range(1..=512))]
    workers: Option<u16>,

    /// How many lines may wait, for a worker or to be printed [default: 4 for each worker]
    #[arg(long, value_name = "N", requires = "command")]
    queue: Option<u16>,

    /// Print in the order of the lines, not in the order in which commands end
    #[arg(long, requires = "command")]
    ordered: bool,

    /// Input is separated by NUL characters, not by newlines, as `find -print0` has it
    #[arg(short = '0', long, requires = "command")]
    null: bool,

    /// Put the line in place of TEXT, wherever that is in the arguments of COMMAND
    #[arg(short = 'I', long, value_name = "TEXT", requires = "command", allow_hyphen_values = true, value_parser = NonEmptyStringValueParser::new())]
    replace: Option<String>,

    /// The command and its first arguments
    #[arg(trailing_var_arg = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.command.is_empty() {
        return common::show(NAME, &args.timeline, demo, LOOK, MORE);
    }
    common::run(NAME, &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let processors = || thread::available_parallelism().map_or(1, usize::from);
    let workers = args.workers.map_or_else(processors, usize::from);
    let limit = workers + args.queue.map_or(4 * workers, usize::from);
    let stopped = Arc::new(AtomicBool::new(false));
    let signals = signals(&stopped).context("cannot listen for signals")?;
    let end = if args.null { b'\0' } else { b'\n' };
    let (lines, reading) = read_lines(end).context("cannot start the reader")?;
    let out = common::streams::stdout().context("cannot write to standard output")?;
    let err = common::streams::stderr().context("cannot write to standard error")?;
    let commands = Commands::new(args.command.clone(), args.replace.clone(), stopped);
    let pool = start_pool(workers, limit).context("cannot start the workers")?;
    let runner = Runner::new(commands, pool, limit, args.ordered, reading, out, err);
    common::timed("all commands", || runner.run(&lines, &signals))
        .context("cannot write to standard output")
}

/// Fewer workers where the system has not as many threads to spare, and a process besides.
fn start_pool(workers: usize, queue: usize) -> io::Result<Pool> {
    let pool = Pool::start(workers, queue).and_then(|pool| {
        let one_more = thread::Builder::new().spawn(|| {})?;
        one_more.join().expect("it does nothing");
        Ok(pool)
    });
    match pool {
        Err(error) if workers > 1 => {
            tracing::warn!("{workers} workers cannot start ({error}): trying half as many");
            start_pool(workers / 2, queue)
        }
        pool => pool,
    }
}
