//! Passes lines through at a steady rate, like a tap.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use rate_limit::token_bucket::TokenBucket;

mod program {
    pub(crate) mod tap;
}
use program::tap::Tap;

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

    /// A file, or - for standard input [default: a few lines that come along]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
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
    common::run("rate-limit", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let lines: &[u8] = include_bytes!("program/lines.txt");
    let path = args.file.as_deref().unwrap_or(Path::new("lines.txt"));
    let input: Box<dyn BufRead> = if args.file.is_none() {
        Box::new(lines)
    } else if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let file = File::open(path).with_context(|| format!("{path:?}"))?;
        Box::new(BufReader::new(file))
    };
    let start = Instant::now();
    let bucket = TokenBucket::new(args.period, args.burst, start);
    let mut tap = Tap::new(bucket, start, common::streams::stdout()?);
    let count = common::timed("passed", || tap.pass(input, path))?;
    tracing::info!("lines: {count}");
    Ok(0)
}
