//! Reads three sensors until it is told to stop, and loses no reading.

use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, ensure};
use clap::Parser;
use select_shutdown::signals;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

mod program {
    pub(crate) mod sensors;
    pub(crate) mod station;
}
use program::station::{self, HUMAN, Pace, REAL};

/// A wrapper that signals the process and its group takes less; people take more.
const GRACE: Duration = Duration::from_millis(200);

/// Reads three sensors, each at a pace of its own, until the time is up, or until Ctrl-C, SIGTERM or
/// SIGHUP (the terminal is closed). Then it works through what was read, and prints a summary of each
/// sensor and how many readings there were. Without a time it does so slowly, and draws it.
///
/// Exit code 0, also after a signal. Another signal, 0.2 seconds later or more, ends at once, with
/// 130 for Ctrl-C, 143 for SIGTERM and 129 for SIGHUP. Under nohup, SIGHUP does nothing (on Linux).
#[derive(Parser)]
#[command(version)]
struct Args {
    /// For how long the sensors are read; fractions are allowed
    #[arg(long = "for", value_name = "SECONDS", value_parser = seconds)]
    #[arg(allow_hyphen_values = true)]
    duration: Option<Duration>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time".to_owned())
}

const NAME: &str = "select-shutdown";
const LOOK: &str = "When told to stop, the sensors end, the worker drains the queue, main sums up.";
const MORE: &str = "A real run, until Ctrl-C: cargo run -p select-shutdown -- --for 3600";

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(duration) = args.duration else {
        let demo = || run(Duration::from_millis(900), HUMAN);
        return common::show(NAME, &args.timeline, demo, LOOK, MORE);
    };
    common::run(NAME, &args.timeline, || run(duration, REAL).map(|()| 0))
}

fn run(duration: Duration, pace: Pace) -> anyhow::Result<()> {
    let mut kinds = vec![SIGINT, SIGTERM, SIGHUP];
    kinds.retain(|&kind| kind != SIGHUP || !common::is_ignored(kind));
    // Before anything that a signal should not cut short, and until all is printed.
    let listener = signals::listen(&kinds, GRACE).context("cannot listen for signals")?;
    let log = station::run(&listener, duration, pace)?;

    let mut out = common::streams::stdout()?;
    let printed = write!(out, "{log}").and_then(|()| out.flush());
    printed.context("cannot write to standard output")?;
    let lost = log.lost();
    ensure!(
        lost == 0,
        "{lost} readings were still queued when the time for the drain was up"
    );
    Ok(())
}
