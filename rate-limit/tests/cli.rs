//! The program from end to end. No test asserts that it is fast or slow: only that no line goes too
//! early, which holds under any load.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use testkit::program::{Running, command};
use testkit::within;

const MS: Duration = Duration::from_millis(1);

/// As fast as it goes.
const UNLIMITED: &str = "1e9";

/// The program, quiet but for its complaints.
fn program(arguments: &[&str]) -> Command {
    let mut command = command(env!("CARGO_BIN_EXE_rate-limit"));
    command.args(arguments).stdin(Stdio::piped());
    command
}

fn at_rate(per_second: &str) -> Command {
    program(&["--per-second", per_second])
}

/// Starts `command`, and gives its standard input to the test.
fn start(command: &mut Command) -> (Running, ChildStdin) {
    let mut child = Running::start(command);
    let stdin = child.0.stdin.take().unwrap();
    (child, stdin)
}

/// Runs `command` with `input` on its standard input, to its end.
fn run(command: &mut Command, input: impl Into<Vec<u8>>) -> Output {
    let (child, mut stdin) = start(command);
    let input = input.into();
    // Fails where the program does not read, and that is no matter here.
    let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.end();
    feeder.join().unwrap();
    output
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn assert_quiet_success(output: &Output) {
    assert_eq!(
        (stderr(output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
fn without_arguments_its_own_lines_pass() {
    let output = run(&mut program(&[]), "");
    assert_quiet_success(&output);
    let lines = include_str!("../src/program/lines.txt");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), lines);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn any_bytes_pass_unchanged(
        input in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..3_000),
    ) {
        let output = run(at_rate(UNLIMITED).arg("-"), input.clone());
        assert_quiet_success(&output);
        prop_assert_eq!(output.stdout, input);
    }
}

#[test]
fn the_last_line_needs_no_newline() {
    for input in ["", "\n", "a", "a\n", "a\nb", "\n\na"] {
        let output = run(at_rate(UNLIMITED).arg("-"), input);
        assert_quiet_success(&output);
        assert_eq!(output.stdout, input.as_bytes());
    }
}

#[test]
fn a_line_of_30_mb_passes_whole() {
    let mut input = vec![b'x'; 30_000_000];
    input.extend(b"\nend");
    let output = run(at_rate(UNLIMITED).arg("-"), input.clone());
    assert_quiet_success(&output);
    assert!(output.stdout == input);
}

#[test]
fn a_file_passes_like_standard_input() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = run(at_rate(UNLIMITED).arg(&file), "");
    assert_quiet_success(&output);
    assert_eq!(output.stdout, std::fs::read(file).unwrap());
}

#[test]
fn no_line_goes_too_early() {
    // With all lines there from the start: the first `burst` at once, then one each 10 ms.
    for (burst, periods) in [("1", 19), ("5", 15), ("100", 0)] {
        let start = Instant::now();
        let output = run(
            at_rate("100").args(["--burst", burst, "-"]),
            b"line\n".repeat(20),
        );
        assert!(start.elapsed() >= 10 * MS * periods);
        assert_quiet_success(&output);
        assert_eq!(output.stdout, b"line\n".repeat(20));
    }
}

/// The program with its standard input open, at `per_second`.
fn live(per_second: &str) -> (Running, ChildStdin, BufReader<ChildStdout>) {
    let (mut child, stdin) = start(at_rate(per_second).arg("-"));
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    (child, stdin, stdout)
}

#[test]
fn each_line_goes_by_itself_as_it_comes() {
    let (child, mut stdin, mut stdout) = live(UNLIMITED);
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
    assert_quiet_success(&child.end());
}

#[test]
fn the_first_line_goes_at_once_at_any_rate() {
    let (mut child, mut stdin, mut stdout) = live("0.000000001");
    stdin.write_all(b"first\nsecond\n").unwrap();
    let mut stdout = within(move || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "first\n");
        stdout
    });
    // The second is due in 32 years.
    child.0.kill().unwrap();
    assert_eq!(stdout.read_to_end(&mut Vec::new()).unwrap(), 0);
}

#[test]
fn nonsense_is_refused() {
    for rate in [
        "0", "-0", "-1", "nan", "inf", "-inf", "1e300", "1e-300", "1e10", "1e-10",
    ] {
        let output = run(&mut at_rate(rate), "");
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(2), &b""[..])
        );
        assert!(stderr(&output).starts_with("error: "), "{output:?}");
    }
    let said = stderr(&run(&mut at_rate("0"), ""));
    let reason = "error: --per-second: a rate of 0.0 per second is not from 1e-9 to 1e9\n";
    assert!(said.starts_with(reason), "{said}");
    for (arguments, reason) in [
        (["--burst", "0"], "0 is not in 1..=4294967295"),
        (["--burst", "-1"], "-1 is not in 1..=4294967295"),
        (
            ["--burst", "4294967296"],
            "4294967296 is not in 1..=4294967295",
        ),
        (["--burst", "many"], "invalid digit"),
        (["--bursts", "1"], "unexpected argument"),
        (["one", "two"], "unexpected argument 'two'"),
    ] {
        let output = run(at_rate("1").args(arguments), "");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    let help = run(at_rate("1").arg("--help"), "");
    assert!(
        help.stdout
            .starts_with(b"Passes the lines of a file through")
    );
}

#[test]
fn a_file_that_cannot_be_read_is_a_clear_error() {
    for (path, reason) in [
        ("not\nthere", r#""not\nthere": No such file"#),
        ("/", r#""/": Is a directory"#),
    ] {
        let output = run(at_rate(UNLIMITED).arg(path), "");
        assert_eq!(
            (output.status.code(), output.stdout.as_slice()),
            (Some(1), &b""[..])
        );
        let said = stderr(&output);
        assert!(said.starts_with(&format!("rate-limit: {reason}")), "{said}");
        assert_eq!(said.lines().count(), 1);
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (child, mut stdin, mut stdout) = live("1000");
    // The input has no end: only the next write can end the program.
    let feeder = thread::spawn(move || while stdin.write_all(b"line\n").is_ok() {});
    within(move || stdout.read_line(&mut String::new()).unwrap());
    assert_quiet_success(&child.end());
    feeder.join().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for input in ["a\n", "no newline"] {
        let output = run(at_rate("10").arg("-").stdout(full()), input);
        let reason =
            "rate-limit: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(
            (stderr(&output).as_str(), output.status.code()),
            (reason, Some(1))
        );
    }
    // With nowhere to say so, the exit code is left.
    let mut command = at_rate("10");
    command
        .env("RUST_LOG", "debug")
        .stdout(full())
        .stderr(full());
    assert_eq!(run(&mut command, "").status.code(), Some(1));
}

#[test]
fn the_log_tells_how_late_each_line_was() {
    let said = |level: &str| {
        stderr(&run(
            at_rate(UNLIMITED).env("RUST_LOG", level).arg("-"),
            b"a\nb\n".to_vec(),
        ))
    };
    let debug = said("debug");
    assert!(debug.contains("DEBUG main line 2: "), "{debug}");
    let info = said("info");
    assert!(
        info.contains("INFO main lines: 2\n") && !info.contains("DEBUG"),
        "{info}"
    );
}

/// The most memory that a process has had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    line.split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    let (child, mut stdin, mut stdout) = live(UNLIMITED);
    let process = child.0.id();
    within(move || {
        let reader =
            thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()).unwrap());
        let lines = [&[b'x'; 999][..], b"\n"].concat().repeat(1_000);
        for _ in 0..100 {
            stdin.write_all(&lines).unwrap();
        }
        // 100 MB are through but for what is in the pipe.
        let peak = peak_memory(process);
        drop(stdin);
        assert_eq!(reader.join().unwrap(), 100_000_000);
        assert!(peak < 30_000, "{peak} KiB");
    });
    assert_quiet_success(&child.end());
}
