//! Analyses a text in several ways at the same time, each on a thread of its own, all on the same
//! bytes.

use std::io::{self, Write};
use std::iter;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use common::timeline::at_work;
use complex_data::shared;

mod program {
    pub(crate) mod analyses;
    pub(crate) mod demo;
    pub(crate) mod input;
}
use program::analyses::{ANALYSES, Analysis};
use program::demo;
use program::input::read;

const NAME: &str = "complex-data";

/// Analyses a text with several threads that share one copy of it.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The text, of any bytes, or - for standard input. Without it: standard input if it is a pipe or
    /// a file, otherwise a demonstration
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.file.is_none() && !common::streams::has_input() {
        return common::show(NAME, &args.timeline, demo::run, demo::LOOK, demo::MORE);
    }
    let path = args.file.unwrap_or_else(|| "-".into());
    common::run(NAME, &args.timeline, || run(&path))
}

/// Returns the exit code: 1 when an analysis has failed.
fn run(path: &Path) -> anyhow::Result<u8> {
    let text = common::timed("read", || {
        let _block = at_work("reads");
        read(path)
    });
    let text = text.with_context(|| format!("{path:?}"))?;
    let analyses = ANALYSES.map(|Analysis { name, of }| {
        move |text: &Vec<u8>| {
            let _block = at_work(name);
            let value = of(text);
            tracing::debug!("{name} of {} bytes at {:p}", text.len(), text.as_ptr());
            value
        }
    });
    // The one buffer could be borrowed, too; with a stream of them, nothing here would change.
    let values: Vec<_> = common::timed("analysed", || {
        thread::scope(|scope| {
            let rows = shared::analyse(scope, iter::once(text), 1, analyses);
            rows.flatten().collect()
        })
    });

    let mut out = common::streams::stdout()?;
    let mut code = 0;
    for (Analysis { name, .. }, value) in ANALYSES.iter().zip(values) {
        match value.map_err(io::Error::from) {
            Ok(value) => {
                let printed = writeln!(out, "{name:<14}  {value}");
                printed.context("cannot write to standard output")?;
            }
            Err(error) => {
                common::complain(NAME, format_args!("{name}: {error}"));
                code = 1;
            }
        }
    }
    Ok(code)
}
