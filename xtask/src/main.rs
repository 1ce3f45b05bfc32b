//! The workspace's own commands.

use std::process::{self, ExitCode};

use anyhow::{Context, ensure};
use clap::Parser;

mod book;
mod copy;
mod doc;

#[allow(dead_code, unreachable_pub, reason = "it belongs to `verify`")]
#[path = "../../verify/src/patterns.rs"]
mod patterns;

/// The workspace's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    Book(book::Args),
    /// Run all that has to pass before a change goes in: `.ci/run`
    Ci,
    Copy(copy::Args),
    Doc(doc::Args),
}

fn main() -> ExitCode {
    let (name, done) = match Command::parse() {
        Command::Book(args) => ("xtask book", book::run(&args)),
        Command::Ci => ("xtask ci", ci()),
        Command::Copy(args) => ("copy", copy::run(&args)),
        Command::Doc(args) => ("xtask doc", doc::run(&args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn ci() -> anyhow::Result<()> {
    let ended = process::Command::new(patterns::workspace().join(".ci/run")).status();
    let ended = ended.context("cannot run .ci/run, which is a bash script")?;
    ensure!(ended.success(), "it has failed");
    Ok(())
}
