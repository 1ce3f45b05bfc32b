//! Sends words from a producer thread and prints them as they arrive.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::thread;

use anyhow::Context;
use basic_channel::back_pressure::stream;
use clap::Parser;

/// Sends words from a producer thread and prints them, one a line, as they arrive.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many words may wait to be printed; 0 hands each over directly [default: all]
    #[arg(long, value_name = "N")]
    capacity: Option<u16>,

    /// What is sent
    #[arg(value_name = "WORD", default_values = ["thread", "message", "passing"])]
    words: Vec<OsString>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::run("basic-channel", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    // The words are in memory already: a queue that has room for all of them adds little, and the
    // producer never waits. An unbounded channel would do no more.
    let capacity = args.capacity.map_or(args.words.len(), usize::from);
    let words = args.words.iter().cloned();
    let words = words.inspect(|word| tracing::debug!("sending {word:?}"));
    let wait = |word| {
        tracing::info!("no room for {word:?}: waiting");
        Some(word)
    };
    thread::scope(|scope| {
        let mut out = common::streams::stdout()?;
        for word in stream(scope, words, capacity, wait) {
            tracing::debug!("received {word:?}");
            // As it is: a word need not be UTF-8.
            let line = [word.as_encoded_bytes(), b"\n"].concat();
            let written = out.write_all(&line);
            written.context("cannot write to standard output")?;
        }
        Ok(0)
    })
}
