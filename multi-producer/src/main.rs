//! Merges the lines of many files as they come.
//!
//! Ctrl-C ends it as it ends any process: there is nothing to save, since each batch of lines is
//! printed as soon as it comes.

use std::io::{self, ErrorKind, Write};
use std::path::PathBuf;
use std::process::{self, ExitCode};
use std::thread;

use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use common::{streams, timeline};
use multi_producer::merge::merge;

mod program {
    pub(crate) mod breakfast;
    pub(crate) mod descriptors;
    pub(crate) mod input;
    pub(crate) mod source;
}
use program::breakfast::{LOOK, breakfast};
use program::descriptors::Descriptors;
use program::input::{Batch, Shared, sources};

const NAME: &str = "multi-producer";

const MORE: &str = "Real work: cargo run -p multi-producer -- README.md Cargo.toml";

/// How many batches wait to be printed: enough that a producer seldom waits, and few, since with
/// long lines each may be many megabytes.
const CAPACITY: usize = 4;

/// Merges the lines of files as they come, each marked with its file, in the format of `grep -H`.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Files, FIFOs, or - for standard input [default: standard input where it is a pipe or a file,
    /// otherwise three cooks who make breakfast]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    files: Vec<PathBuf>,

    #[command(flatten)]
    timeline: timeline::Args,
}

fn main() -> ExitCode {
    let mut args = Args::parse();
    if args.files.is_empty() {
        if !streams::has_input() {
            return common::show(NAME, &args.timeline, breakfast, LOOK, MORE);
        }
        args.files.push("-".into());
    }
    common::run(NAME, &args.timeline, || run(args.files))
}

fn run(files: Vec<PathBuf>) -> anyhow::Result<u8> {
    let stdout = streams::stdout()?;
    let shared = Shared {
        output: streams::stdout()?,
        descriptors: Descriptors::default(),
    };
    let sources = sources(files, &shared);
    let failed = common::timed("merged", || {
        thread::scope(|scope| print(merge(scope, sources, CAPACITY), stdout))
    });
    Ok(failed.into())
}

/// Prints the lines, and returns whether a file could not be read.
fn print(batches: impl Iterator<Item = Batch>, mut stdout: impl Write) -> bool {
    let mut failed = false;
    for batch in batches {
        match batch {
            // Whole lines go through the line buffer of `stdout` untouched, in one piece.
            Ok(lines) => {
                let _block = timeline::at_work("print");
                stdout.write_all(&lines).unwrap_or_else(|e| give_up(&e));
            }
            Err(failure) => {
                failed = true;
                common::complain(NAME, format_args!("{failure:#}"));
            }
        }
    }
    failed
}

/// Ends the process, as nothing can be printed any more. Returning from here would mean waiting for
/// the producers, and one whose FIFO nobody writes to may wait forever: a thread that is blocked in
/// a read cannot be stopped from outside. They hold nothing that needs cleaning up.
fn give_up(error: &io::Error) -> ! {
    if error.kind() == ErrorKind::BrokenPipe {
        process::exit(0); // The reader has seen enough.
    }
    common::complain(
        NAME,
        format_args!("cannot write to standard output: {error}"),
    );
    process::exit(1)
}
