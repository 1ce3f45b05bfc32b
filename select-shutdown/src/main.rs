//! Reads three sensors until it is told to stop, and loses no reading.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use select_shutdown::signals;
use signal_hook::consts::{SIGINT, SIGTERM};

mod program {
    pub(crate) mod sensors;
    pub(crate) mod station;
}
use program::station;

/// A wrapper that signals the process and its group takes less; people take more.
const GRACE: Duration = Duration::from_millis(200);

/// Reads three sensors, each at a pace of its own, until the time is up, Ctrl-C or SIGTERM. Then it
/// works through what was read, and prints a summary of each sensor and how many readings there
/// were.
///
/// Exit code 0, also after a signal. Another signal, 0.2 seconds later or more, ends at once, with
/// 130 for Ctrl-C and 143 for SIGTERM.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// For how long the sensors are read; fractions are allowed
    #[arg(long = "for", value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    #[arg(allow_hyphen_values = true)]
    duration: Duration,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("select-shutdown", &args.timeline, || run(args.duration))
}

fn run(duration: Duration) -> anyhow::Result<u8> {
    // Before anything that a signal should not cut short, and until all is printed.
    let listener = signals::listen(&[SIGINT, SIGTERM], GRACE);
    let listener = listener.context("cannot listen for signals")?;
    let (log, _listener) = station::run(listener, duration)?;

    let mut out = common::streams::stdout()?;
    let printed = write!(out, "{log}").and_then(|()| out.flush());
    printed.context("cannot write to standard output")?;
    let lost = log.lost();
    ensure!(
        lost == 0,
        "{lost} readings were still queued when the time for the drain was up"
    );
    Ok(0)
}
