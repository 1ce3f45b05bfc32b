//! The workspace's own commands.

use std::process::ExitCode;

use clap::Parser;

mod book;
mod copy;

#[allow(dead_code, unreachable_pub, reason = "it belongs to `verify`")]
#[path = "../../verify/src/patterns.rs"]
mod patterns;

/// The workspace's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    Book(book::Args),
    Copy(copy::Args),
}

fn main() -> ExitCode {
    let (name, done) = match Command::parse() {
        Command::Book(args) => ("xtask book", book::run(&args)),
        Command::Copy(args) => ("copy", copy::run(&args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}
