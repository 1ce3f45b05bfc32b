//! The workspace's own commands.

use std::process::ExitCode;

use clap::Parser;

mod copy;

#[allow(dead_code, unreachable_pub, reason = "it belongs to `verify`")]
#[path = "../../verify/src/patterns.rs"]
mod patterns;

/// The workspace's own commands.
#[derive(Parser)]
#[command(bin_name = "cargo xtask")]
enum Command {
    Copy(copy::Args),
}

fn main() -> ExitCode {
    let Command::Copy(args) = Command::parse();
    match copy::run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cargo copy: {error:#}");
            ExitCode::FAILURE
        }
    }
}
