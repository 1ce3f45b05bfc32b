//! Shows each primitive at work; with `--listen`, serves a line chat over TCP.

use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;

mod program {
    pub(crate) mod chat;
    pub(crate) mod demo;
}
use program::{chat, demo};

/// Shows messages between tasks, and between tasks and threads, each primitive at work. With
/// --listen: a line chat over TCP, where everybody sees what the others say, and a client that
/// reads slowly misses lines and is told how many.
///
/// The chat ends on Ctrl-C, SIGTERM or SIGHUP, with a goodbye to each client; a second signal ends it
/// at once, with exit code 130, 143 or 129.
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
    common::run("async-tokio", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    let mut out = common::streams::stdout()?;
    match &args.listen {
        Some(address) => chat::run(address, args.max_clients, out),
        None => demo::run(&mut out)
            .map(|()| 0)
            .context("cannot write to standard output"),
    }
}
