//! Sends words from a producer thread and prints them as they arrive.

use std::cell::Cell;
use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use std::{iter, thread};

use anyhow::Context;
use basic_channel::back_pressure::stream;
use clap::Parser;
use common::timeline::{at_work, mark, waits};
use tracing::span::EnteredSpan;

/// Sends words from a producer thread and prints them, one a line, as they arrive.
///
/// Without words it shows how a full queue makes the producer wait.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// How many words may wait to be printed; 0 hands each over directly [default: all]
    #[arg(long, value_name = "N")]
    capacity: Option<u16>,

    /// What is sent
    #[arg(value_name = "WORD")]
    words: Vec<OsString>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

const NAME: &str = "basic-channel";
const LOOK: &str = "A word is made, waits in the queue, and is used. Once the queue is full, the\nproducer waits (dots) until main takes a word.";
const MORE: &str = "A real run: cargo run -p basic-channel -- --capacity 1 one two three";

fn main() -> ExitCode {
    let args = Args::parse();
    let capacity = args.capacity.map(usize::from);
    if args.words.is_empty() {
        // Room for two fills up soon.
        let demo = || demo(capacity.unwrap_or(2));
        return common::show(NAME, &args.timeline, demo, LOOK, MORE);
    }
    // The words are in memory already: a queue that has room for all of them adds little, and the
    // producer never waits. An unbounded channel would do no more.
    let capacity = capacity.unwrap_or(args.words.len());
    common::run(NAME, &args.timeline, || run(args.words, capacity))
}

fn run(words: Vec<OsString>, capacity: usize) -> anyhow::Result<u8> {
    let mut out = common::streams::stdout()?;
    let words = words.into_iter().inspect(|word| {
        tracing::debug!("sending {word:?}");
        mark(word.display());
    });
    pass_on(words, capacity, |word| {
        tracing::debug!("received {word:?}");
        let _block = at_work(word.display());
        // As it is: a word need not be UTF-8.
        let line = [word.as_encoded_bytes(), b"\n"].concat();
        let written = out.write_all(&line);
        written.context("cannot write to standard output")
    })?;
    Ok(0)
}

/// A producer that makes a word in less time than main takes to use it.
fn demo(capacity: usize) -> anyhow::Result<()> {
    let words = (1..=8).map(|number| {
        let word = number.to_string();
        let _block = at_work(&word);
        work(60);
        word.into()
    });
    pass_on(words, capacity, |word| {
        let _block = at_work(word.display());
        work(150);
        Ok(())
    })
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn work(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}

thread_local! {
    /// Of the producer, while it waits for room: from `when_full` until it goes on with the next word.
    static WAIT: Cell<Option<EnteredSpan>> = const { Cell::new(None) };
}

fn pass_on(
    words: impl Iterator<Item = OsString> + Send,
    capacity: usize,
    mut take: impl FnMut(OsString) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut words = words;
    let words = iter::from_fn(move || {
        WAIT.take();
        words.next()
    });
    let wait = |word| {
        tracing::info!("no room for {word:?}: waiting");
        WAIT.set(Some(waits()));
        Some(word)
    };
    thread::scope(|scope| stream(scope, words, capacity, wait).try_for_each(&mut take))
}
