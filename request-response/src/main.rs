//! Keeps values under keys, in a store that one thread owns and others ask.

use std::fmt::Arguments;
use std::fs::File;
use std::io::{self, Read};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use request_response::pipelined;

mod program {
    pub(crate) mod session;
    pub(crate) mod store;
}
use program::session::Session;
use program::store::Store;

/// Answers the requests in a file, one on each line, with one line for each.
///
///   GET key        value VALUE, or not found
///   SET key value  ok; the value is the rest of the line
///   DEL key        ok, or not found
///
/// Any other line: error, and the reason on stderr. A key has no spaces.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
struct Args {
    /// A file, or - for standard input [default: a built-in script]
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

const NAME: &str = "request-response";

/// Enough that threads seldom wait for each other; more gains nothing.
const IN_FLIGHT: usize = 1_024;

fn main() -> ExitCode {
    let args = Args::parse();
    common::run(NAME, &args.timeline, || run(&args))
}

/// The exit code is 1 when a line was malformed.
fn run(args: &Args) -> anyhow::Result<u8> {
    let script: &[u8] = include_bytes!("program/script.txt");
    let name = args.file.as_deref().unwrap_or(Path::new("script.txt"));
    let input: Box<dyn Read> = match &args.file {
        None => Box::new(script),
        Some(path) if path == Path::new("-") => Box::new(io::stdin().lock()),
        Some(path) => Box::new(File::open(path).with_context(|| format!("{path:?}"))?),
    };

    let (client, server) = pipelined::start(Store::default(), IN_FLIGHT, Store::answer)
        .context("cannot start the server")?;
    let session = Session::new(client, common::streams::stdout()?);
    let complain = |what: Arguments<'_>| common::complain(NAME, what);
    let malformed = common::timed("answered", || session.run(input, name, complain));
    // The session is over, and with it the client: the server ends.
    let store = server.join().unwrap_or_else(|panic| resume_unwind(panic));
    tracing::info!("keys left in the store: {}", store.len());
    Ok(u8::from(malformed? > 0))
}
