//! Shows tasks that share a thread; with `--listen`, serves a line chat over TCP.

use std::process::ExitCode;

use clap::Parser;

mod program {
    pub(crate) mod chat;
    pub(crate) mod demo;
}
use program::{chat, demo};

const NAME: &str = env!("CARGO_PKG_NAME");

/// Shows messages between tasks that share a thread, and what a call that blocks it does to them.
/// With --listen: a line chat over TCP, where everybody sees what the others say, and a client that
/// reads slowly misses lines and is told how many.
///
/// The chat ends on Ctrl-C, SIGTERM or SIGHUP, with a goodbye to each client; a second signal ends
/// it at once, with exit code 130, 143 or 129.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Serve a chat on this address, such as localhost:7000; with port 0, on any free one. The
    /// address is the first line on standard output
    #[arg(long, value_name = "HOST:PORT", value_parser = host_and_port)]
    listen: Option<String>,

    /// How many clients the chat has at most; the next one is told so and sent away
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "listen")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    max_clients: u16,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

fn host_and_port(address: &str) -> Result<String, &'static str> {
    match address.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(address.into()),
        _ => Err("not HOST:PORT"),
    }
}

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(address) = &args.listen else {
        return common::show(NAME, &args.timeline, demo::run, demo::LOOK, demo::MORE);
    };
    common::run(NAME, &args.timeline, || {
        chat::run(address, args.max_clients, common::streams::stdout()?)
    })
}
