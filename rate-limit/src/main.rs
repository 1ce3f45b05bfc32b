//! Passes lines through at a steady rate, like a tap.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use common::streams::{self, Stream};
use common::timeline;
use rate_limit::token_bucket::TokenBucket;

mod program {
    pub(crate) mod demo;
    pub(crate) mod tap;
}
use program::demo::{LOOK, demo};
use program::tap::Tap;

const NAME: &str = "rate-limit";

const MORE: &str = "Real work: seq 60 | cargo run -p rate-limit -- --per-second 20";

/// Passes the lines of a file through unchanged, at a steady rate.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many lines pass each second; may be a fraction
    #[arg(
        long = "per-second",
        value_name = "R",
        default_value = "10",
        value_parser = period,
        allow_negative_numbers = true
    )]
    period: Duration,

    /// How many lines pass at once when none came for a while
    #[arg(
        long,
        value_name = "B",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..),
        allow_negative_numbers = true
    )]
    burst: u32,

    /// A file, or - for standard input [default: standard input where it is a pipe or a file,
    /// otherwise a demonstration]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: timeline::Args,
}

/// From a nanosecond to 32 years.
fn period(per_second: &str) -> Result<Duration, String> {
    let rate: f64 = per_second.parse().map_err(|_| "it is not a number")?;
    // Not a number is in no range.
    if (1e-9..=1e9).contains(&rate) {
        Ok(Duration::from_secs_f64(1.0 / rate))
    } else {
        Err("it is not from 1e-9 to 1e9".into())
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.file.is_none() && !streams::has_input() {
        return common::show(NAME, &args.timeline, demo, LOOK, MORE);
    }
    common::run(NAME, &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let path = args.file.as_deref().unwrap_or(Path::new("-"));
    let stdout = streams::stdout()?;
    let input = open(path, stdout.get_ref()).with_context(|| format!("{path:?}"))?;
    let start = Instant::now();
    let bucket = TokenBucket::new(args.period, args.burst, start);
    let mut tap = Tap::new(bucket, start, stdout);
    let count = common::timed("passed", || tap.pass(input, path))?;
    tracing::info!("lines: {count}");
    Ok(0)
}

/// What `path` names, unless that is `output`: it would grow until the disk is full.
fn open(path: &Path, output: &Stream) -> io::Result<Stream> {
    let input = if path == Path::new("-") {
        streams::stdin()?
    } else {
        File::open(path)?.into()
    };
    if input.is_same(output) {
        return Err(io::Error::other("input file is output file"));
    }
    Ok(input)
}
