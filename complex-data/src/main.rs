//! Analyses a text in several ways at the same time, each on a thread of its own, all on the same
//! bytes.

use std::io::{self, Write};
use std::iter;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use complex_data::shared;

mod program {
    pub(crate) mod analyses;
    pub(crate) mod input;
}
use program::analyses::{ANALYSES, Analysis};
use program::input::read;

/// What is analysed without a FILE.
const TEXT: &[u8] = include_bytes!("../../LICENSE-APACHE");

/// Analyses a text with several threads that share one copy of it.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The text, of any bytes, or - for standard input [default: the Apache License]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("complex-data", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let text = match &args.file {
        None => Arc::from(TEXT),
        Some(path) => common::timed("read", || read(path)).with_context(|| format!("{path:?}"))?,
    };
    let analyses = ANALYSES.map(|Analysis { name, of }| {
        move |text: &[u8]| {
            let value = of(text);
            tracing::debug!("{name} of {} bytes at {:p}", text.len(), text.as_ptr());
            value
        }
    });
    // The one buffer could be borrowed, too; with a stream of them, nothing here would change.
    let values: Vec<String> = common::timed("analysed", || {
        thread::scope(|scope| {
            let rows = shared::analyse(scope, iter::once(text), 1, analyses);
            rows.flatten().collect()
        })
    });
    print(&values).context("cannot write to standard output")?;
    Ok(0)
}

fn print(values: &[String]) -> io::Result<()> {
    let mut out = common::streams::stdout()?;
    for (Analysis { name, .. }, value) in ANALYSES.iter().zip(values) {
        writeln!(out, "{name:<14}  {value}")?;
    }
    out.flush()
}
