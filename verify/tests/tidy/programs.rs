//! What the tests of programs need.

use std::path::{Path, PathBuf};
use std::process::Command;

use verify::patterns::workspace;

use server::Server;

#[path = "../../../beyond-one-machine/src/program/server.rs"]
mod server;

/// The member whose programs need a NATS server.
pub(crate) const NATS: &str = "beyond-one-machine";

/// A server for that member; `None` without `nats-server` on this machine: its programs are not run.
pub(crate) fn nats_server() -> Option<Server> {
    if server::installed().is_none() {
        eprintln!("programs of {NATS} are not run: there is no nats-server");
        return None;
    }
    Some(Server::start().expect("the server starts"))
}

/// Where `server` is; nothing where there is none.
pub(crate) fn url_of(server: Option<&Server>) -> String {
    server.map(Server::url).unwrap_or_default()
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("..")
}

/// Builds the programs and examples of all members, so that they are run as they are now. Together
/// with the tests, that is no work: they are there.
pub(crate) fn build() {
    let status = Command::new(env!("CARGO"))
        .args([
            "build",
            "--profile",
            "test",
            "--workspace",
            "--bins",
            "--examples",
        ])
        .args(["--quiet", "--locked", "--offline", "--target-dir"])
        .arg(target())
        .current_dir(workspace())
        .status()
        .expect("cargo runs");
    assert!(status.success(), "the members are not built");
}

/// Whether `line` is the `shown` one, in which `…` stands for any text.
pub(crate) fn fits(line: &str, shown: &str) -> bool {
    match shown.split_once('…') {
        None => line == shown,
        Some((before, after)) => line.strip_prefix(before).is_some_and(|rest| {
            let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
            ends.any(|at| fits(&rest[at..], after))
        }),
    }
}

/// Whether each of the lines is one of those `shown`, and the reverse: for threads that race.
pub(crate) fn all_fit_in_any_order(printed: &[&str], shown: &[&str]) -> bool {
    let Some((line, others)) = printed.split_first() else {
        return shown.is_empty();
    };
    (0..shown.len())
        .filter(|&at| fits(line, shown[at]))
        .any(|at| {
            let rest = [&shown[..at], &shown[at + 1..]].concat();
            all_fit_in_any_order(others, &rest)
        })
}
