//! The program from end to end.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::process::{ChildStdin, ChildStdout, Command, Output, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;
use testkit::program::{Running, command, run};
use testkit::within;

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_request-response"))
}

/// Runs the program on a file that holds `input`, to its end.
fn run_on(input: &[u8]) -> Output {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("input");
    fs::write(&path, input).unwrap();
    run(program().arg(path))
}

/// Runs the program on `input`, which must be without a fault, and returns what it prints.
fn answers(input: &[u8]) -> Vec<u8> {
    let output = run_on(input);
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
    output.stdout
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn text(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string().replace("\\n", "\n")
}

#[test]
fn without_arguments_it_answers_its_own_script() {
    let output = run(&mut program());
    assert_eq!(
        text(&output.stdout),
        "ok\nok\nvalue Rust\nvalue hello, world\nok\nvalue Rust 2024\nok\nnot found\nnot found\n"
    );
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
fn keys_and_values_are_bytes() {
    let input = b"SET caf\xe9 \xff\x00 \r\nGET caf\xe9\nGET caf\nSET e \nGET e\nSET s  two  spaces \nGET s\nDEL \x00\n";
    assert_eq!(
        text(&answers(input)),
        text(b"ok\nvalue \xff\x00 \r\nnot found\nok\nvalue \nok\nvalue  two  spaces \nnot found\n")
    );
}

#[test]
fn a_value_cannot_be_taken_for_another_answer() {
    let input = b"SET a not found\nGET a\nSET a ok\nGET a\nSET a error\nGET a\n";
    assert_eq!(
        text(&answers(input)),
        "ok\nvalue not found\nok\nvalue ok\nok\nvalue error\n"
    );
}

#[test]
fn an_input_may_be_empty_or_end_without_a_newline() {
    assert_eq!(answers(b""), b"");
    assert_eq!(answers(b"GET a"), b"not found\n");
    assert_eq!(answers(b"SET a b\nGET a"), b"ok\nvalue b\n");
}

#[test]
fn a_malformed_line_harms_no_other() {
    let output = run_on(
        b"SET a 1\nget a\nGET\nGET a b\nGET  a\nGET a\n\nSET a\nSET  1\nDEL a \nSET a 2\nGETa\nGET a\nDEL a\n",
    );
    assert_eq!(
        text(&output.stdout),
        "ok\nerror\nerror\nerror\nerror\nvalue 1\nerror\nerror\nerror\nerror\nok\nerror\nvalue 2\nok\n"
    );
    let unknown = "neither GET key, nor SET key value, nor DEL key";
    let reasons = [
        (2, unknown),
        (3, "the key is missing"),
        (4, "a key has no spaces"),
        (5, "a key has no spaces"),
        (7, unknown),
        (8, "SET takes a key and a value"),
        (9, "the key is missing"),
        (10, "a key has no spaces"),
        (12, unknown),
    ];
    let expected =
        reasons.map(|(line, reason)| format!("request-response: line {line}: {reason}\n"));
    assert_eq!(stderr(&output), expected.concat());
    assert_eq!(output.status.code(), Some(1));
}

/// Lines over few keys, so that they meet; some of them malformed.
fn line() -> impl Strategy<Value = Vec<u8>> {
    let key = || prop::sample::select(b"abc".to_vec());
    let value = prop::collection::vec(
        any::<u8>().prop_filter("no newline", |&byte| byte != b'\n'),
        0..20,
    );
    prop_oneof![
        3 => key().prop_map(|key| [b"GET ", &[key][..]].concat()),
        3 => (key(), value).prop_map(|(key, value)| [b"SET ", &[key, b' '][..], &value].concat()),
        1 => key().prop_map(|key| [b"DEL ", &[key][..]].concat()),
        1 => Just(b"nonsense".to_vec()),
    ]
}

/// What one thread alone would print.
fn serially(lines: &[Vec<u8>]) -> Vec<u8> {
    let (mut map, mut printed) = (HashMap::<u8, &[u8]>::new(), Vec::new());
    for line in lines {
        let answer = match *line.as_slice() {
            [b'G', _, _, _, key] => match map.get(&key) {
                Some(value) => [&b"value "[..], value].concat(),
                None => b"not found".to_vec(),
            },
            [b'S', _, _, _, key, _, ref value @ ..] => {
                map.insert(key, value);
                b"ok".to_vec()
            }
            [b'D', _, _, _, key] => match map.remove(&key) {
                Some(_) => b"ok".to_vec(),
                None => b"not found".to_vec(),
            },
            _ => b"error".to_vec(),
        };
        printed.extend(answer);
        printed.push(b'\n');
    }
    printed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn the_answers_are_those_of_a_map(lines in prop::collection::vec(line(), 0..300), times in 1_usize..20) {
        let lines = vec![lines; times].concat();
        let output = run_on(&lines.iter().flat_map(|line| [line, &b"\n"[..]].concat()).collect::<Vec<_>>());
        prop_assert_eq!(text(&output.stdout), text(&serially(&lines)));
        let malformed = lines.iter().filter(|line| *line == b"nonsense").count();
        prop_assert_eq!(stderr(&output).lines().count(), malformed);
        prop_assert_eq!(output.status.success(), malformed == 0);
    }
}

#[test]
fn a_hundred_thousand_lines_are_answered_in_order() {
    let (mut input, mut expected) = (String::new(), String::new());
    for n in 0..50_000 {
        writeln!(input, "SET key{} {n}\nGET key{}", n % 100, n % 100).unwrap();
        writeln!(expected, "ok\nvalue {n}").unwrap();
    }
    let printed = answers(input.as_bytes());
    assert!(printed == expected.as_bytes());
}

#[test]
fn a_line_may_be_longer_than_any_buffer() {
    let value = vec![b'v'; 3_000_000];
    let input = [b"SET a ", &value[..], b"\nGET a\n"].concat();
    assert!(answers(&input) == [b"ok\nvalue ", &value[..], b"\n"].concat());
}

/// The program with pipes for both sides, and its ends of them.
fn dialogue() -> (Running, ChildStdin, BufReader<ChildStdout>) {
    let mut command = program();
    let mut child = Running::start(command.arg("-").stdin(Stdio::piped()));
    let stdin = child.0.stdin.take().unwrap();
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    (child, stdin, stdout)
}

#[test]
fn a_user_who_waits_gets_the_answer() {
    let (child, mut stdin, mut stdout) = dialogue();
    within(move || {
        let mut say = |text: &[u8]| stdin.write_all(text).unwrap();
        let mut hear = || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            line
        };
        say(b"SET a 1\n");
        assert_eq!(hear(), "ok\n");
        say(b"nonsense\n");
        assert_eq!(hear(), "error\n");
        // The start of a line does not hold back the answers before it.
        say(b"GET a\nGE");
        assert_eq!(hear(), "value 1\n");
        say(b"T b\nGET a\n");
        assert_eq!((hear(), hear()), ("not found\n".into(), "value 1\n".into()));
    });
    assert_eq!(child.end().status.code(), Some(1));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_answers() {
    let mut command = program();
    let command = command.arg("-").env("RUST_LOG", "debug");
    let mut child = Running::start(command.stdin(Stdio::piped()));
    let mut stdin = child.0.stdin.take().unwrap();
    let log = BufReader::new(child.0.stderr.take().unwrap());
    // Stays open, lest the program end.
    let _stdin = within(move || {
        let value = vec![b'v'; 1_000_000];
        stdin
            .write_all(&[b"SET a ", &value[..], b"\n"].concat())
            .unwrap();
        stdin.write_all(&b"GET a\n".repeat(200)).unwrap();
        // All are answered, and hardly any of it fits into the pipe.
        let gets = log
            .lines()
            .filter(|line| line.as_ref().unwrap().ends_with("server GET a"));
        assert_eq!(gets.take(200).count(), 200);
        stdin
    });
    let status = fs::read_to_string(format!("/proc/{}/status", child.0.id())).unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let peak: u64 = peak
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    assert!(peak < 50_000, "{peak} KiB");
}

#[test]
fn a_file_that_cannot_be_read_is_a_clear_error() {
    let folder = TempDir::new().unwrap();
    for (name, reason) in [
        ("not\nthere", "No such file or directory"),
        ("", "No such file"),
        (".", "Is a directory"),
    ] {
        let output = run(program().arg(name).current_dir(&folder));
        let said = stderr(&output);
        assert!(
            said.starts_with(&format!("request-response: {name:?}: {reason}")),
            "{said}"
        );
        assert_eq!((output.stdout.len(), output.status.code()), (0, Some(1)));
    }
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (&["--fast", "file"], "unexpected argument '--fast'"),
        (&["one", "two"], "unexpected argument 'two'"),
    ] {
        let output = run(program().args(arguments));
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    let output = run(program().arg("--help"));
    assert!(output.stdout.starts_with(b"Answers the requests in a file"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (child, mut stdin, mut stdout) = dialogue();
    within(move || {
        stdin.write_all(b"GET a\n").unwrap();
        stdout.read_line(&mut String::new()).unwrap();
        drop(stdout);
        // With its input still open, it ends all the same. Not always at the next line: a process
        // that another test starts has the reader, too, for a moment.
        while stdin.write_all(b"GET a\n").is_ok() {}
    });
    let output = child.end();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let first = run(program().stdout(full()));
    assert_eq!(
        stderr(&first),
        "request-response: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(first.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let mut command = program();
    command.env("RUST_LOG", "debug");
    let second = run(command.stdout(full()).stderr(full()));
    assert_eq!(second.status.code(), Some(1));
}

#[test]
fn the_log_says_who_did_what() {
    let log_at = |level: &str| stderr(&run(program().env("RUST_LOG", level)));
    assert!(log_at("debug").contains("DEBUG server SET greeting hello, world"));
    assert!(log_at("info").contains("INFO main keys left in the store: 1"));
}
