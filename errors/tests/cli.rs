//! The program from end to end.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::process::{Command, Output};

use testkit::program::{Running, command, run};
use testkit::within;

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_errors"))
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the program prints; it must succeed and have nothing to say.
fn printed() -> String {
    let output = run(&mut program());
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// The cells of each row of the table, without the titles.
fn rows(printed: &str) -> Vec<Vec<&str>> {
    let (table, _notes) = printed.split_once("\n\nMessage 1 ").unwrap();
    let rows = table.lines().skip(1).filter(|line| !line.is_empty());
    let cells = |line| str::split(line, "  ").map(str::trim);
    rows.map(|line| cells(line).filter(|cell| !cell.is_empty()).collect())
        .collect()
}

#[test]
#[rustfmt::skip]
fn each_operation_gives_back_what_is_expected() {
    let expected = [
        ["send", "unbounded", "Ok(())", "Ok(())"],
        ["send", "room", "Ok(())", "Ok(())"],
        ["send", "full, then read", "Ok(())", "Ok(())"],
        ["send", "rendezvous, reader waits", "Ok(())", "Ok(())"],
        ["send", "room, then receiver gone", "Ok(()), then dropped", "Ok(()), then kept"],
        ["send", "full, then receiver gone", "Err(SendError(2))", "Err(SendError(2))"],
        ["send", "receiver gone", "Err(SendError(2))", "Err(SendError(2))"],
        ["try_send", "unbounded", "-", "Ok(())"],
        ["try_send", "room", "Ok(())", "Ok(())"],
        ["try_send", "full", "Err(Full(2))", "Err(Full(2))"],
        ["try_send", "rendezvous, nobody waits", "Err(Full(2))", "Err(Full(2))"],
        ["try_send", "receiver gone", "Err(Disconnected(2))", "Err(Disconnected(2))"],
        ["try_send", "full, receiver gone", "Err(Disconnected(2))", "Err(Disconnected(2))"],
        ["send_timeout", "room", "Ok(())", "Ok(())"],
        ["send_timeout", "full, then read", "Ok(())", "Ok(())"],
        ["send_timeout", "full", "Err(Timeout(2))", "Err(Timeout(2))"],
        ["send_timeout", "rendezvous, nobody waits", "-", "Err(Timeout(2))"],
        ["send_timeout", "receiver gone", "Err(Disconnected(2))", "Err(Disconnected(2))"],
        ["recv", "1 queued", "Ok(1)", "Ok(1)"],
        ["recv", "1 queued, senders gone", "Ok(1)", "Ok(1)"],
        ["recv", "empty, then 1 is sent", "Ok(1)", "Ok(1)"],
        ["recv", "rendezvous, sender waits", "Ok(1)", "Ok(1)"],
        ["recv", "empty, senders gone", "Err(RecvError)", "Err(RecvError)"],
        ["recv", "empty, sender panicked", "Err(RecvError)", "Err(RecvError)"],
        ["try_recv", "1 queued", "Ok(1)", "Ok(1)"],
        ["try_recv", "1 queued, senders gone", "Ok(1)", "Ok(1)"],
        ["try_recv", "empty", "Err(Empty)", "Err(Empty)"],
        ["try_recv", "empty, only you can send", "Err(Empty)", "Err(Empty)"],
        ["try_recv", "rendezvous, nobody sends", "Err(Empty)", "Err(Empty)"],
        ["try_recv", "empty, senders gone", "Err(Disconnected)", "Err(Disconnected)"],
        ["recv_timeout", "1 queued", "Ok(1)", "Ok(1)"],
        ["recv_timeout", "1 queued, limit 0", "Ok(1)", "Ok(1)"],
        ["recv_timeout", "1 queued, senders gone", "Ok(1)", "Ok(1)"],
        ["recv_timeout", "empty, then 1 is sent", "Ok(1)", "Ok(1)"],
        ["recv_timeout", "empty", "Err(Timeout)", "Err(Timeout)"],
        ["recv_timeout", "rendezvous, nobody sends", "Err(Timeout)", "Err(Timeout)"],
        ["recv_timeout", "empty, senders gone", "Err(Disconnected)", "Err(Disconnected)"],
        ["recv_deadline", "1 queued, deadline past", "-", "Ok(1)"],
        ["receive_until", "1 queued, deadline past", "TimedOut", "TimedOut"],
        ["receive_until", "empty", "TimedOut", "TimedOut"],
        ["receive_until", "1 queued, senders gone", "Disconnected", "Disconnected"],
        ["join", "worker returned a value", "Ok(Ok(7))", "-"],
        ["join", "worker returned an error", r#"Ok(Err("bad"))"#, "-"],
        ["join", "worker panicked", r#"Err(payload "bad")"#, "-"],
        ["flatten(join)", "worker returned a value", "Ok(7)", "-"],
        ["flatten(join)", "worker returned an error", r#"Err(Failed("bad"))"#, "-"],
        ["flatten(join)", "worker panicked", r#"Err(Panicked("bad"))"#, "-"],
        ["try_for_each", "3 items", "Ok(3)", "Ok(3)"],
        ["try_for_each", "item 1 fails", "Err(1: bad)", "Err(1: bad)"],
        ["try_for_each", "item 1 panics, is caught", "Err(1: panicked: bad)", "Err(1: panicked: bad)"],
    ];
    let printed = printed();
    let rows = rows(&printed);
    for (row, expected) in rows.iter().zip(expected) {
        assert_eq!(row[..4], expected);
    }
    assert_eq!(rows.len(), expected.len());
}

#[test]
fn each_row_says_what_to_do() {
    let printed = printed();
    for row in rows(&printed) {
        assert_eq!(row.len(), 5, "{row:?}");
        // An error is never passed over.
        let failed = row[2].contains("Err(") || row[3].contains("Err(");
        assert!(!failed || !row[4].starts_with("go on"), "{row:?}");
    }
}

#[test]
fn the_columns_are_aligned_and_fit_a_terminal() {
    let printed = printed();
    let mut lines = printed.lines();
    let titles = lines.next().unwrap();
    let starts: Vec<_> = ["operation", "state", "std", "crossbeam", "what to do"]
        .iter()
        .map(|title| titles.find(title).unwrap())
        .collect();
    let (table, _notes) = printed.split_once("\n\nMessage 1 ").unwrap();
    for line in table.lines().filter(|line| !line.is_empty()) {
        assert!(line.len() <= 120, "{line}");
        assert!(!line.ends_with(' '), "{line:?}");
        for &start in &starts[1..] {
            assert!(
                line[..start].ends_with("  ") && !line[start..].starts_with(' '),
                "{line}"
            );
        }
    }
}

#[test]
fn the_rows_of_an_operation_stand_together() {
    let printed = printed();
    let mut operations: Vec<_> = rows(&printed).iter().map(|row| row[0].to_owned()).collect();
    operations.dedup();
    let different: BTreeSet<_> = operations.iter().collect();
    assert_eq!(different.len(), operations.len());
    // An empty line before each.
    assert_eq!(printed.matches("\n\n").count(), operations.len() + 1);
}

#[test]
fn it_prints_the_same_each_time() {
    let first = printed();
    for _ in 0..20 {
        assert_eq!(printed(), first);
    }
}

#[test]
fn nonsense_is_refused() {
    for arguments in [["send"], ["--rows"], ["-"], [""]] {
        let output = run(program().args(arguments));
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).contains("unexpected argument"),
            "{output:?}"
        );
        assert!(output.stdout.is_empty());
    }
    let help = run(program().arg("--help"));
    assert!(help.stdout.starts_with(b"Does each operation"));
    assert!(
        run(program().arg("--version"))
            .stdout
            .starts_with(b"errors 0")
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    // Before anything is written, or after the first line.
    for lines in [0, 1] {
        let mut child = Running::start(&mut program());
        let stdout = BufReader::new(child.0.stdout.take().unwrap());
        let read = within(move || stdout.lines().take(lines).count());
        assert_eq!(read, lines);
        let output = child.end();
        assert_eq!(stderr(&output), "");
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let output = run(program().stdout(full()));
    assert_eq!(
        stderr(&output),
        "errors: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let mut command = program();
    command
        .env("RUST_LOG", "debug")
        .stdout(full())
        .stderr(full());
    assert_eq!(run(&mut command).status.code(), Some(1));
}

#[test]
fn the_panics_of_workers_are_in_the_log() {
    let said = stderr(&run(program().env("RUST_LOG", "info")));
    let panics = |name: &str| said.matches(&format!("INFO {name} panicked at")).count();
    // Two for recv, one for join, one for flatten; two for try_for_each.
    assert_eq!((panics("worker"), panics("worker-0")), (4, 2), "{said}");
    // A line each, and one for the time.
    assert_eq!(said.lines().count(), 7, "{said}");
    assert!(said.contains(" main all operations done: "), "{said}");
}
