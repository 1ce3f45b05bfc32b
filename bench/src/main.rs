//! Turns what `cargo bench -p bench` has measured into `RESULTS.md` and pictures, in the folder of
//! this package, and into the summary in the README of the workspace.

use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs};

use anyhow::{Context, ensure};
use clap::Parser;

mod report {
    pub(crate) mod groups;
    pub(crate) mod machine;
    pub(crate) mod picture;
    pub(crate) mod results;
    pub(crate) mod summary;
    pub(crate) mod table;
}
use report::{groups::GROUPS, machine, picture, results, summary, table};

/// Writes tables and pictures of the results of `cargo bench -p bench` into bench/, and a summary
/// into the README of the workspace.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Where criterion has left them [default: criterion/ in cargo's target folder]
    #[arg(long, value_name = "DIR")]
    results: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// Where the complaint cannot be written, the exit code still tells.
fn complain(error: &anyhow::Error) {
    let _ = writeln!(io::stderr(), "bench: {error:#}");
}

/// Returns how many results could not be read.
fn run(args: Args) -> anyhow::Result<usize> {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let from = args.results.unwrap_or_else(|| {
        let target = env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "../target".into());
        // A relative folder counts from the package's, where cargo runs a bench.
        package.join(target).join("criterion")
    });
    let mut unread = 0;
    let mut measured = Vec::new();
    for group in GROUPS {
        let rows = results::read(&from, group.name).filter_map(|row| {
            row.map_err(|error| {
                unread += 1;
                complain(&error);
            })
            .ok()
        });
        let rows = results::sorted(rows.collect());
        if !rows.is_empty() {
            measured.push((group, rows));
        }
    }
    ensure!(
        !measured.is_empty(),
        "{from:?}: no results; `cargo bench -p bench` makes them, --results DIR names another place"
    );

    let pictures = package.join("pictures");
    fs::create_dir_all(&pictures).with_context(|| format!("{pictures:?}"))?;
    let machine = machine::describe(&from);
    let mut text = table::head(&machine);
    for (group, rows) in &measured {
        let path = pictures.join(group.name).with_extension("svg");
        picture::draw(&path, group, rows).with_context(|| format!("{path:?}"))?;
        text += &table::section(group, rows);
    }
    let path = package.join("RESULTS.md");
    fs::write(&path, text).with_context(|| format!("{path:?}"))?;
    summary::write(&package.join("README.md"), &machine, &measured)?;
    match writeln!(io::stdout(), "{}", path.display()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(error).context("standard output")
        }
        _ => Ok(unread),
    }
}
