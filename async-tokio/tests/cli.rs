//! The program from end to end, without `--listen`.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs::File;
use std::io::{BufRead, BufReader};

use super::support::program::{program, stderr};
use testkit::program::{Running, run};
use testkit::within;

/// What the program prints; it must succeed and have nothing to say.
fn printed() -> String {
    let output = run(&mut program());
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn it_prints_what_the_readme_shows() {
    let readme = include_str!("../README.md");
    let (_, shown) = readme
        .split_once("$ RUST_LOG=off cargo run -q -p async-tokio\n")
        .unwrap();
    let (shown, _) = shown.split_once("```").unwrap();
    assert_eq!(printed(), shown);
}

#[test]
fn it_prints_the_same_each_time() {
    let expected = printed();
    for _ in 0..5 {
        assert_eq!(printed(), expected);
    }
}

#[test]
fn each_pattern_is_shown() {
    let printed = printed();
    let names: Vec<_> = printed
        .lines()
        .filter_map(|line| line.get(..20))
        .map(str::trim)
        .collect();
    let patterns = include_str!("../src/lib.rs").lines();
    let mut patterns = patterns.filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    assert!(
        patterns.all(|pattern| names.contains(&pattern)),
        "{names:?}"
    );
}

#[test]
fn the_log_goes_to_stderr_and_can_be_silenced() {
    let output = run(program().env_remove("RUST_LOG"));
    assert!(stderr(&output).contains("each primitive at work"));
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), printed());
}

#[test]
fn a_reader_that_stops_early_ends_it_quietly() {
    // As `head -1` does, and one that does not even read the first line.
    for lines in [1, 0] {
        let mut running = Running::start(&mut program());
        let reader = BufReader::new(running.0.stdout.take().unwrap());
        let read = within(move || reader.lines().take(lines).count());
        assert_eq!(read, lines);
        let output = running.end();
        assert_eq!(stderr(&output), "");
        assert!(output.status.success());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = run(program().stdout(full));
    assert_eq!(output.status.code(), Some(1));
    assert!(
        stderr(&output).starts_with("async-tokio: cannot write to standard output: No space left"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn help_names_the_options() {
    let output = run(program().arg("--help"));
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(help.contains("--listen"), "{help}");
}

#[test]
fn an_argument_that_means_nothing_is_refused() {
    for wrong in [&["surplus"][..], &["--nonsense"]] {
        let output = run(program().args(wrong));
        assert_eq!(output.status.code(), Some(2));
        assert!(
            stderr(&output).starts_with("error: "),
            "{}",
            stderr(&output)
        );
        assert!(output.stdout.is_empty());
    }
}
