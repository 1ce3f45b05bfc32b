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
use multi_producer::merge::merge;

mod program {
    pub(crate) mod breakfast;
    pub(crate) mod input;
}
use program::breakfast::breakfast;
use program::input::{Batch, sources};

/// How many batches wait to be printed: enough that a producer seldom waits, and few, since with
/// long lines each may be many megabytes.
const CAPACITY: usize = 4;

/// Merges the lines of files as they come, each marked with its file, in the format of `grep -H`.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Files, FIFOs, or - for standard input [default: three cooks who make breakfast]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    files: Vec<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("multi-producer", &args.timeline, || {
        let (sources, capacity) = if args.files.is_empty() {
            (breakfast(), 1) // So little that the cooks take turns.
        } else {
            (sources(args.files), CAPACITY)
        };
        let stdout = common::streams::stdout()?;
        let failed = common::timed("merged", || {
            thread::scope(|scope| print(merge(scope, sources, capacity), stdout))
        });
        Ok(failed.into())
    })
}

/// Prints the lines, and returns whether a file could not be read.
fn print(batches: impl Iterator<Item = Batch>, mut stdout: impl Write) -> bool {
    let mut failed = false;
    for batch in batches {
        match batch {
            // Whole lines go through the line buffer of `stdout` untouched, in one piece.
            Ok(lines) => stdout.write_all(&lines).unwrap_or_else(|e| give_up(&e)),
            Err(failure) => {
                failed = true;
                common::complain("multi-producer", format_args!("{failure:#}"));
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
    let what = format_args!("cannot write to standard output: {error}");
    common::complain("multi-producer", what);
    process::exit(1)
}
