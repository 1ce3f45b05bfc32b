//! Reads three sensors until it is told to stop, and loses no reading.

use std::io::{self, ErrorKind, Write};
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

/// Reads three sensors, each at a pace of its own, until the time is up, Ctrl-C or SIGTERM. Then it
/// works through what was read, and prints a summary of each sensor and how many readings there
/// were.
///
/// Exit code 0, also after a signal. A second signal ends at once, with 130 for Ctrl-C and 143 for
/// SIGTERM.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// For how long the sensors are read; fractions are allowed
    #[arg(long = "for", value_name = "SECONDS", default_value = "1", value_parser = seconds)]
    #[arg(allow_hyphen_values = true)]
    duration: Duration,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|_| "not a length of time".to_owned())
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::init();
    match run(args.duration) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Where the complaint cannot be written, the exit code still tells.
            let _ = writeln!(io::stderr(), "select-shutdown: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(duration: Duration) -> anyhow::Result<()> {
    // Before anything that a signal should not cut short.
    let listener = signals::listen(&[SIGINT, SIGTERM]).context("cannot listen for signals")?;
    let log = station::run(listener, duration)?;
    let lost = log.accepted - log.processed();

    let out = || -> io::Result<()> {
        let mut out = io::stdout().lock();
        write!(out, "{log}")?;
        writeln!(
            out,
            "accepted {}, processed {}, lost {lost}",
            log.accepted,
            log.processed()
        )?;
        out.flush()
    };
    out().context("cannot write to standard output")?;
    ensure!(
        lost == 0,
        "{lost} readings were still queued when the time for the drain was up"
    );
    Ok(())
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
