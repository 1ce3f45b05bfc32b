//! Keeps values under keys, in a store that one thread owns and others ask.

use std::fmt::Arguments;
use std::fs::File;
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::Parser;
use clap::builder::{OsStringValueParser, TypedValueParser};
use request_response::pipelined;

mod program {
    pub(crate) mod demo;
    pub(crate) mod session;
    pub(crate) mod store;
}
use program::demo::demo;
use program::session::Session;
use program::store::Store;

/// Answers the requests in a file, one on each line, with one line for each.
///
///   GET key        value VALUE, or not found
///   SET key value  ok; the value is the rest of the line
///   DEL key        ok, or not found
///
/// Any other line: error, and the reason on stderr. A key has no spaces. Lines end with LF or CR LF.
///
/// With no file, and no pipe or file as standard input, it shows how clients ask a server.
#[derive(Parser)]
#[command(version, verbatim_doc_comment)]
struct Args {
    /// A file, or - for standard input
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(PathBuf::from))]
    file: Option<PathBuf>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

const NAME: &str = "request-response";

/// Enough that threads seldom wait for each other; more gains nothing.
const IN_FLIGHT: usize = 1_024;

const LOOK: &str =
    "Each answer finds its way to the one that asked. `ahead` asks on while it waits.";
const MORE: &str = r"A real run: printf 'SET a 1\nGET a\n' | cargo run -p request-response";

fn main() -> ExitCode {
    let args = Args::parse();
    if args.file.is_none() && !common::streams::has_input() {
        return common::show(NAME, &args.timeline, demo, LOOK, MORE);
    }
    let name = args.file.as_deref().unwrap_or(Path::new("-"));
    common::run(NAME, &args.timeline, || run(name))
}

/// The exit code is 1 when a line was malformed.
fn run(name: &Path) -> anyhow::Result<u8> {
    let out = common::streams::stdout()?;
    let input = if name == Path::new("-") {
        common::streams::stdin()?
    } else {
        File::open(name)
            .with_context(|| format!("{name:?}"))?
            .into()
    };
    // What it prints would be its next requests, without end.
    let is_output = input.is_same(out.get_ref());
    ensure!(!is_output, "{name:?}: input file is output file");
    let (client, server) = pipelined::start(Store::default(), IN_FLIGHT, Store::answer)
        .context("cannot start the server")?;
    let session = Session::new(client, out);
    let complain = |what: Arguments<'_>| common::complain(NAME, what);
    let malformed = common::timed("answered", || session.run(input, name, complain));
    // The session is over, and with it the client: the server ends.
    let store = server.join().unwrap_or_else(|panic| resume_unwind(panic));
    tracing::info!("keys left in the store: {}", store.len());
    Ok(u8::from(malformed? > 0))
}
