//! Passes lines through at a steady rate, like a tap.

use std::fs::File;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{CommandFactory, Parser, error};
use rate_limit::token_bucket::TokenBucket;

mod program {
    pub(crate) mod tap;
}
use program::tap::{Failure, Tap};

/// Passes the lines of a file through unchanged, at a steady rate.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many lines pass each second; may be a fraction
    #[arg(
        long,
        value_name = "R",
        default_value_t = 10.0,
        allow_negative_numbers = true
    )]
    per_second: f64,

    /// How many lines pass at once when none came for a while
    #[arg(
        long,
        value_name = "B",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..),
        allow_negative_numbers = true
    )]
    burst: u32,

    /// A file, or - for standard input [default: a few lines that come along]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let start = Instant::now();
    let burst = NonZeroU32::new(args.burst).unwrap_or(NonZeroU32::MIN);
    let bucket = TokenBucket::new(args.per_second, burst, start).unwrap_or_else(|invalid| {
        let invalid = format!("--per-second: {invalid}");
        Args::command()
            .error(error::ErrorKind::ValueValidation, invalid)
            .exit()
    });
    common::init();
    match run(
        args.file.as_deref(),
        Tap::new(bucket, start, io::stdout().lock()),
    ) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the complaint cannot be written, the exit code still tells.
            let _ = writeln!(io::stderr(), "rate-limit: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(file: Option<&Path>, mut tap: Tap<impl Write>) -> anyhow::Result<()> {
    let lines: &[u8] = include_bytes!("program/lines.txt");
    let name = file.unwrap_or(Path::new("lines.txt"));
    let input: Box<dyn BufRead> = match file {
        None => Box::new(lines),
        Some(path) if path == Path::new("-") => Box::new(io::stdin().lock()),
        Some(path) => Box::new(BufReader::new(
            File::open(path).with_context(|| format!("{path:?}"))?,
        )),
    };
    match common::timed("passed", || tap.pass(input)) {
        Ok(count) => tracing::info!("lines: {count}"),
        // The reader has enough.
        Err(Failure::Write(error)) if error.kind() == ErrorKind::BrokenPipe => {}
        Err(Failure::Write(error)) => return Err(error).context("cannot write to standard output"),
        Err(Failure::Read(error)) => return Err(error).with_context(|| format!("{name:?}")),
    }
    Ok(())
}
