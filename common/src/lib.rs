//! What the programs of this workspace share: how they end, the log, and timing.
//!
//! No pattern uses it: a pattern file is copied alone.

use std::env;
use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Sends the log to stderr: time since the start, level, thread name, message.
///
/// `RUST_LOG` chooses what is shown: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or
/// a list such as `warn,fan_out_fan_in=debug`. Without it: `info`. A value that means nothing gives
/// one warning, and `info`. Only the first call in a process has an effect.
pub fn init() {
    let value = env::var_os("RUST_LOG").unwrap_or_default();
    let filter = value.to_str().and_then(parse_filter);
    let layer = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_timer(uptime())
        .with_thread_names(true)
        .with_target(false)
        // A log that cannot be written (stderr on a full disk) must not end the program.
        .log_internal_errors(false);
    let installed = tracing_subscriber::registry()
        .with(layer)
        .with(filter.clone().unwrap_or_else(info))
        .try_init();
    if installed.is_ok() && filter.is_none() {
        tracing::warn!(
            "RUST_LOG={value:?} is neither a level nor a list of target=level; showing info"
        );
    }
}

fn info() -> Targets {
    Targets::new().with_default(LevelFilter::INFO)
}

/// `None` where `value` means nothing. `Targets` alone would take a misspelt level for the name of
/// a crate, and silence all others.
fn parse_filter(value: &str) -> Option<Targets> {
    if value.trim().is_empty() {
        return Some(info());
    }
    let known =
        |directive: &str| directive.contains('=') || directive.parse::<LevelFilter>().is_ok();
    value.split(',').all(known).then(|| value.parse().ok())?
}

/// Calls `body` and logs at level info how long it took.
pub fn timed<T>(label: &str, body: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = body();
    tracing::info!("{label}: {:.1?}", start.elapsed());
    value
}

/// The whole of a program but its arguments: starts the log, runs `body`, and ends as it ended.
///
/// The exit code is the one that `body` returns; 0, without a word, where whoever reads the output has
/// gone; otherwise 1, with the error on stderr, in one line.
pub fn run(program: &str, body: impl FnOnce() -> anyhow::Result<u8>) -> ExitCode {
    init();
    match body() {
        Ok(code) => ExitCode::from(code),
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(program, format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

/// Says on stderr, in one line, what the program could not do.
pub fn complain(program: &str, what: impl Display) {
    // Where it cannot be written, the exit code still tells.
    let _ = writeln!(io::stderr(), "{program}: {what}");
}

/// Whether it is that the reader of the output has gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests;
