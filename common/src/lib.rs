//! What the programs of this workspace share: how they end, their [streams], the log, timing, and the
//! [timeline] of a run.
//!
//! No pattern uses it: a pattern file is copied alone.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::process::ExitCode;
use std::time::Instant;
use std::{env, fs};

use anyhow::Context as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::time::uptime;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use timeline::Recorder;

pub mod streams;
pub mod timeline;

/// The whole of a program but its arguments: starts the log, runs `body`, and ends as it ended.
///
/// The exit code is the one that `body` returns; 0, without a word, where whoever reads the output has
/// gone; otherwise 1, with the error on stderr, in one line. Where the user asks for a timeline, it
/// comes last.
pub fn run(
    program: &str,
    timeline: &timeline::Args,
    body: impl FnOnce() -> anyhow::Result<u8>,
) -> ExitCode {
    let recorder = timeline.is_wanted().then(Recorder::new);
    init(program, by_default(), recorder.clone());
    let code = match body() {
        Ok(code) => ExitCode::from(code),
        Err(error) => failed(program, &error),
    };
    match recorder.map(|recorder| timeline.draw(&recorder.picture())) {
        Some(Err(error)) => failed(program, &error),
        _ => code,
    }
}

/// The same without work of the user's: shows the pattern by what `demo` does, and draws that. `look`
/// says what there is to see, `more` how to give it real work.
pub fn show(
    program: &str,
    timeline: &timeline::Args,
    demo: impl FnOnce() -> anyhow::Result<()>,
    look: &str,
    more: &str,
) -> ExitCode {
    let recorder = Recorder::new();
    // Lines of the log would only hide what there is to see.
    init(program, LevelFilter::WARN, Some(recorder.clone()));
    let shown = demo().and_then(|()| {
        let picture = recorder.picture();
        if timeline.is_wanted() {
            timeline.draw(&picture)?;
        }
        let drawn = picture.text(width(), has_colours(&io::stdout()));
        let mut out = streams::stdout()?;
        write!(out, "{drawn}\n{look}\n{more}\n")
            .and_then(|()| out.flush())
            .context("cannot write to standard output")
    });
    match shown {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failed(program, &error),
    }
}

/// The columns of the terminal, or 80.
fn width() -> usize {
    terminal_size::terminal_size().map_or(80, |(width, _)| usize::from(width.0))
}

/// Whether `stream` is a terminal whose user wants colours.
fn has_colours(stream: &impl IsTerminal) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
}

fn failed(program: &str, error: &anyhow::Error) -> ExitCode {
    if is_broken_pipe(error) {
        return ExitCode::SUCCESS;
    }
    complain(program, format_args!("{error:#}"));
    ExitCode::FAILURE
}

/// Says on stderr, in one line, what the program could not do.
pub fn complain(program: &str, what: impl Display) {
    // Where it cannot be written, the exit code still tells.
    let _ = writeln!(io::stderr(), "{program}: {what}");
}

/// Whether the process was started to ignore `signal`, as `nohup` has it. Only Linux tells without
/// unsafe code.
pub fn is_ignored(signal: i32) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
}

/// Whether it is that the reader of the output has gone.
pub fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Sends the log to stderr: time since the start, level, thread name, message.
///
/// `RUST_LOG` chooses what is shown: a level (`off`, `error`, `warn`, `info`, `debug`, `trace`), or
/// a list such as `warn,fan_out_fan_in=debug`. Without it: `default`. A value that means nothing gives
/// one warning. Only the first call in a process has an effect.
fn init(program: &str, default: LevelFilter, recorder: Option<Recorder>) {
    let value = env::var_os("RUST_LOG").unwrap_or_default();
    let default = Targets::new().with_default(default);
    let filter = match value.to_str() {
        Some(value) if value.trim().is_empty() => Some(default.clone()),
        value => value.and_then(|value| parse_filter(value, program)),
    };
    let is_clear = filter.is_some();
    let log = tracing_subscriber::fmt::layer()
        .with_writer(io::stderr)
        .with_ansi(has_colours(&io::stderr()))
        .with_timer(uptime())
        .with_thread_names(true)
        .with_target(false)
        // A log that cannot be written (stderr on a full disk) must not end the program.
        .log_internal_errors(false)
        .with_filter(
            filter
                .unwrap_or(default)
                .with_target(timeline::TARGET, LevelFilter::OFF),
        );
    let only = Targets::new().with_target(timeline::TARGET, LevelFilter::TRACE);
    let installed = tracing_subscriber::registry()
        .with(log)
        .with(recorder.map(|recorder| recorder.with_filter(only)))
        .try_init();
    if installed.is_ok() && !is_clear {
        tracing::warn!("RUST_LOG={value:?} is neither a level nor a list of target=level");
    }
}

fn by_default() -> LevelFilter {
    if io::stderr().is_terminal() {
        LevelFilter::INFO
    } else {
        LevelFilter::WARN
    }
}

/// `None` where `value` means nothing. `Targets` alone would take a misspelt level for the name of
/// a crate, and silence all others.
fn parse_filter(value: &str, program: &str) -> Option<Targets> {
    let known = |directive: &str| {
        directive.contains('=')
            || directive.parse::<LevelFilter>().is_ok()
            || directive == program.replace('-', "_")
    };
    value.split(',').all(known).then(|| value.parse().ok())?
}

/// Calls `body` and logs at level info how long it took.
pub fn timed<T>(label: &str, body: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let value = body();
    tracing::info!("{label}: {:.1?}", start.elapsed());
    value
}

#[cfg(test)]
mod tests;
