//! The program from end to end. No test asserts that it is fast or slow: only that no line goes too
//! early, which holds under any load.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use testkit::program::{Habits, Running, command};
use testkit::within;

use super::support::MS;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rate-limit");

/// Arguments with which standard input passes as fast as it goes.
const UNLIMITED: [&str; 3] = ["--per-second", "1e9", "-"];

/// Starts it, with its input and its output for the test.
fn start(level: &str, arguments: &[&str]) -> (Running, ChildStdin, BufReader<ChildStdout>) {
    let mut command = command(PROGRAM);
    let command = command.args(arguments).env("RUST_LOG", level);
    let mut child = Running::start(command.stdin(Stdio::piped()));
    let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
    (child, stdin.unwrap(), BufReader::new(stdout.unwrap()))
}

/// What it prints, what it says and how it ends, with `input` on its standard input.
fn run(level: &str, arguments: &[&str], input: &[u8]) -> (Vec<u8>, String, Option<i32>) {
    let (child, mut stdin, mut stdout) = start(level, arguments);
    let reader = thread::spawn(move || {
        let mut printed = Vec::new();
        stdout.read_to_end(&mut printed).map(|_| printed)
    });
    // Fails where the program does not read, and that is no matter here.
    let _ = stdin.write_all(input);
    drop(stdin);
    let output = child.end();
    let said = String::from_utf8(output.stderr).unwrap();
    (reader.join().unwrap().unwrap(), said, output.status.code())
}

/// What it prints; it must succeed and have nothing to say.
fn printed(arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let (printed, said, code) = run("off", arguments, input);
    assert_eq!((said.as_str(), code), ("", Some(0)));
    printed
}

#[test]
fn it_has_the_habits_of_a_tool() {
    let range = "it is not from 1e-9 to 1e9";
    Habits {
        program: PROGRAM,
        about: "Passes the lines of a file through",
        prints: &[],
        refuses: &[
            (&["--per-second", "ten"], "it is not a number"),
            (&["--per-second", "-0"], range),
            (&["--per-second", "-1"], range),
            (&["--per-second", "nan"], range),
            (&["--per-second", "inf"], range),
            (&["--per-second", "1e10"], range),
            (&["--per-second", "1e-10"], range),
            (&["--burst", "0"], "0 is not in 1..=4294967295"),
            (&["--burst", "-1"], "-1 is not in 1..=4294967295"),
            (&["--burst", "4294967296"], "4294967296 is not in 1..="),
            (&["one", "two"], "unexpected argument 'two'"),
        ],
    }
    .check();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn any_bytes_pass_unchanged(
        input in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..3_000),
    ) {
        prop_assert_eq!(printed(&UNLIMITED, &input), input);
    }
}

#[test]
fn the_last_line_needs_no_newline() {
    for input in ["", "\n", "a", "a\n", "a\nb", "\n\na"] {
        assert_eq!(printed(&UNLIMITED, input.as_bytes()), input.as_bytes());
    }
}

#[test]
fn a_file_passes_and_without_one_its_own_lines() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs");
    let lines = include_bytes!("../src/main.rs");
    assert_eq!(printed(&["--per-second", "1e9", file], b""), lines);
    assert_eq!(
        printed(&[], b""),
        include_bytes!("../src/program/lines.txt")
    );
}

#[test]
fn no_line_goes_too_early() {
    // With all lines there from the start: the first `burst` at once, then one each 10 ms, or 8.
    for (per_second, burst, least) in [
        ("100", "1", 190 * MS),
        ("125.0", "5", 120 * MS),
        ("100", "100", Duration::ZERO),
    ] {
        let start = Instant::now();
        let lines = b"line\n".repeat(20);
        let arguments = ["--per-second", per_second, "--burst", burst, "-"];
        assert_eq!(printed(&arguments, &lines), lines);
        assert!(start.elapsed() >= least);
    }
}

#[test]
fn each_line_goes_by_itself_as_it_comes() {
    let (child, mut stdin, mut stdout) = start("off", &UNLIMITED);
    within(move || {
        for n in 0..100 {
            // The program knows nothing of the next line when this one must be out.
            writeln!(stdin, "{n}").unwrap();
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            assert_eq!(line, format!("{n}\n"));
        }
        drop(stdin);
        assert_eq!(stdout.read_to_end(&mut Vec::new()).unwrap(), 0);
    });
    assert!(child.end().status.success());
}

#[test]
fn the_first_line_goes_at_once_at_any_rate() {
    // The second is due in 32 years.
    let arguments = ["--per-second", "0.000000001", "-"];
    let (mut child, mut stdin, mut stdout) = start("off", &arguments);
    stdin.write_all(b"first\nsecond\n").unwrap();
    within(move || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "first\n");
        child.0.kill().unwrap();
        assert_eq!(stdout.read_line(&mut line).unwrap(), 0);
    });
}

#[test]
fn a_file_that_cannot_be_read_is_a_clear_error() {
    for (path, reason) in [
        ("not\nthere", r#""not\nthere": No such file"#),
        ("/", r#""/": Is a directory"#),
    ] {
        let (printed, said, code) = run("off", &[path], b"");
        assert_eq!((printed, code), (vec![], Some(1)));
        assert!(said.starts_with(&format!("rate-limit: {reason}")), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}

#[test]
fn the_log_tells_how_late_each_line_was() {
    let said = |level| run(level, &UNLIMITED, b"a\nb\n").1;
    let (debug, info) = (said("debug"), said("info"));
    assert!(debug.contains("DEBUG main line 2: "), "{debug}");
    assert!(info.contains("INFO main lines: 2\n"), "{info}");
    assert!(!info.contains("DEBUG"), "{info}");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    let (child, mut stdin, mut stdout) = start("off", &UNLIMITED);
    let status = format!("/proc/{}/status", child.0.id());
    within(move || {
        let reader = thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
        let lines = [&[b'x'; 999][..], b"\n"].concat().repeat(1_000);
        (0..100).for_each(|_| stdin.write_all(&lines).unwrap());
        // 100 MB are through but for what is in the pipe. The most that it has had so far, in KiB:
        let status = std::fs::read_to_string(status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: u64 = peak.unwrap().trim_end_matches("kB").trim().parse().unwrap();
        drop(stdin);
        assert_eq!(reader.join().unwrap().unwrap(), 100_000_000);
        assert!(peak < 30_000, "{peak} KiB");
    });
    assert!(child.end().status.success());
}
