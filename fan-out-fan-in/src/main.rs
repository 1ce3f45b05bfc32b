//! Counts lines, words and bytes like `wc`, with as many threads as there are processors.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use fan_out_fan_in::ordered;

mod program {
    pub(crate) mod count;
    pub(crate) mod demo;
    pub(crate) mod input;
    pub(crate) mod report;
}
use program::count::{self, Counts};
use program::demo;
use program::input::{Piece, Text, column_width, pieces, with_a_file};
use program::report::{Part, Report};

const NAME: &str = "fan-out-fan-in";
/// Counts the lines, words and bytes of files, many threads to one file, as `LC_ALL=C wc` would.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many threads count [default: one for each processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    workers: Option<u16>,

    /// Files, directories (all files below, sorted by name, links not followed), or - for standard
    /// input. Without any: standard input if it is a pipe or a file, otherwise a demonstration
    #[arg(value_name = "PATH", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    paths: Vec<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.paths.is_empty() && !common::streams::has_input() {
        return common::show(NAME, &args.timeline, demo::run, demo::LOOK, demo::MORE);
    }
    common::run(NAME, &args.timeline, || run(&args))
}

/// Returns the exit code: 1 when a file could not be counted.
fn run(args: &Args) -> anyhow::Result<u8> {
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let workers = args.workers.map_or_else(processors, usize::from);
    // Enough that nobody is idle while one piece takes long, or while the thread that prints
    // sleeps.
    let capacity = 3 * workers + 32;
    let (paths, named) = match &args.paths[..] {
        [] => (vec![PathBuf::from("-")], false),
        paths => (paths.to_vec(), true),
    };

    let failed = common::timed("counted", || {
        let mut report = Report::new(common::streams::stdout()?, column_width(&paths), named);
        let mut shares = BTreeMap::<_, u32>::new();
        thread::scope(|scope| {
            for part in ordered::fan_out(scope, pieces(paths), workers, capacity, count) {
                let _block = part.last.then(|| common::timeline::at_work("prints"));
                *shares.entry(part.worker.clone()).or_default() += 1;
                report.add(part)?;
            }
            tracing::info!("pieces counted by each: {shares:?}");
            report.finish()
        })
    });
    let failed = failed.context("cannot write to standard output")?;
    Ok(u8::from(failed > 0))
}

/// What a worker does.
fn count(piece: Piece) -> Part {
    tracing::debug!("counting {:?}", piece.path);
    let name = piece.path.file_name().unwrap_or(piece.path.as_os_str());
    let _block = common::timeline::at_work(name.display());
    let counts = piece.text.and_then(|text| match text {
        Text::InFile(range) => with_a_file(|| count::count(range.open(&piece.path)?)),
        Text::Read(text) => Ok(Counts::of(&text)),
    });
    Part {
        path: piece.path,
        counts,
        last: piece.last,
        worker: thread::current().name().unwrap_or_default().to_owned(),
    }
}
