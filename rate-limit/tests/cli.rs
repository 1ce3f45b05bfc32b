//! The program from end to end. No test asserts that it is fast or slow: only that no line goes too
//! early, which holds under any load.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
#[cfg(unix)]
use std::os::{fd::OwnedFd, unix::net::UnixStream};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use testkit::program::{self, Habits, Running, command};
use testkit::within;

use super::support::MS;

const PROGRAM: &str = env!("CARGO_BIN_EXE_rate-limit");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/main.rs");

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
        prints: &["--per-second", "1e9", FILE],
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
fn a_file_passes_and_without_one_standard_input() {
    let lines = include_bytes!("../src/main.rs");
    assert_eq!(printed(&["--per-second", "1e9", FILE], b""), lines);
    assert_eq!(printed(&["--per-second", "1e9"], lines), lines);
}

#[test]
fn without_work_it_shows_two_limits() {
    let output = program::run(&mut command(PROGRAM));
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in ["\npaced ", "\nbucket ", "[8", "...", "Real work: "] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!((output.stderr, output.status.code()), (vec![], Some(0)));
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
fn no_file_is_read_into_itself() {
    let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/into-itself");
    fs::write(path, "text\n").unwrap();
    let open = || File::options().read(true).append(true).open(path).unwrap();
    for path in [path, "-"] {
        // At this rate, little is written where it is not refused.
        let mut command = command(PROGRAM);
        let output = program::run(command.arg(path).stdin(open()).stdout(open()));
        let expected = format!("rate-limit: {path:?}: input file is output file\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(fs::read(path).unwrap(), b"text\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_that_is_longer_than_memory_is_a_clear_error() {
    let mut shell = command("sh");
    let script = r#"(echo first; cat /dev/zero) | (ulimit -v 300000; exec "$0" -)"#;
    let output = program::run(shell.args(["-c", script, PROGRAM]));
    let expected = "rate-limit: \"-\": a line is longer than memory\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    assert_eq!(
        (&output.stdout[..], output.status.code()),
        (&b"first\n"[..], Some(1))
    );
}

#[test]
#[cfg(unix)]
fn streams_that_do_not_block_are_waited_for() {
    let (mut input, stdin) = UnixStream::pair().unwrap();
    let (mut output, stdout) = UnixStream::pair().unwrap();
    for stream in [&stdin, &stdout] {
        stream.set_nonblocking(true).unwrap();
    }
    let (stdin, stdout) = (OwnedFd::from(stdin), OwnedFd::from(stdout));
    let mut child = command(PROGRAM);
    child.args(UNLIMITED).stdin(stdin).stdout(stdout);
    let program = Running::start(&mut child);
    drop(child); // It holds the program's end of the sockets.
    within(move || {
        let mut line = [0; 4];
        input.write_all(b"one\n").unwrap();
        output.read_exact(&mut line).unwrap();
        // More than the socket holds before anybody reads.
        let lines = b"a line\n".repeat(1_000_000);
        let mut rest = vec![0; lines.len()];
        let writer = thread::spawn(move || input.write_all(&lines).map(|()| lines));
        output.read_exact(&mut rest).unwrap();
        assert!(rest == writer.join().unwrap().unwrap());
        assert!(program.end().status.success());
    });
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
        let status = fs::read_to_string(status).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: u64 = peak.unwrap().trim_end_matches("kB").trim().parse().unwrap();
        drop(stdin);
        assert_eq!(reader.join().unwrap().unwrap(), 100_000_000);
        assert!(peak < 30_000, "{peak} KiB");
    });
    assert!(child.end().status.success());
}
