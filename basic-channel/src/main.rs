//! Sends words from a producer thread and prints them as they arrive.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use basic_channel::back_pressure_std::stream;
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
}

fn main() -> ExitCode {
    let args = Args::parse();
    common::init();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            // Where the complaint cannot be written, the exit code still tells.
            let _ = writeln!(
                io::stderr(),
                "basic-channel: cannot write to standard output: {error}"
            );
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> io::Result<()> {
    // The words are in memory already: a queue that has room for all of them adds little, and the
    // producer never waits. An unbounded channel would do no more.
    let capacity = args.capacity.map_or(args.words.len(), usize::from);
    let words = args
        .words
        .into_iter()
        .inspect(|word| tracing::debug!("sending {word:?}"));
    let wait = |word| {
        tracing::info!("no room for {word:?}: waiting");
        Some(word)
    };
    stream(capacity, words, wait, |words| {
        let mut out = io::stdout().lock();
        for word in words {
            tracing::debug!("received {word:?}");
            // As it is: a word need not be UTF-8.
            out.write_all(word.as_encoded_bytes())?;
            out.write_all(b"\n")?;
        }
        Ok(())
    })
}
