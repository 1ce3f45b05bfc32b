//! The program from end to end.
#![cfg(unix)]

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{ChildStdin, Command, Stdio};

use tempfile::TempDir;
use testkit::program::{Habits, Running, command, run};
use testkit::within;

const PROGRAM: &str = env!("CARGO_BIN_EXE_request-response");

/// What it prints, what it complains of, and its exit code.
type Ended = (String, String, Option<i32>);

fn ended(command: &mut Command) -> Ended {
    let output = run(command);
    let printed = output
        .stdout
        .escape_ascii()
        .to_string()
        .replace("\\n", "\n");
    let complaints = String::from_utf8(output.stderr).expect("they are text");
    (printed, complaints, output.status.code())
}

/// A file that holds `input`, and is gone with the folder.
fn file(input: impl AsRef<[u8]>) -> (PathBuf, TempDir) {
    let folder = TempDir::new().expect("there is room");
    let path = folder.path().join("input");
    fs::write(&path, input).expect("there is room");
    (path, folder)
}

/// For a file that holds `input`.
fn answers(input: impl AsRef<[u8]>) -> Ended {
    let (path, _folder) = file(input);
    ended(command(PROGRAM).arg(path))
}

#[track_caller]
fn check(input: impl AsRef<[u8]>, printed: &str) {
    let expected = (printed.into(), String::new(), Some(0));
    assert!(answers(input) == expected, "{printed}");
}

#[test]
fn it_has_the_habits_of_a_tool() {
    let (path, _folder) = file("GET a\n");
    let tool = Habits {
        program: PROGRAM,
        about: "Answers the requests in a file",
        prints: &[path.to_str().expect("it is text")],
        refuses: &[
            (&["--fast", "file"], "unexpected argument '--fast'"),
            (&["one", "two"], "unexpected argument 'two'"),
        ],
    };
    tool.check();
}

#[test]
fn each_line_has_its_answer() {
    let check = |lines: &str, printed: &str| check(lines.replace(';', "\n"), printed);
    check("", "");
    check("GET a", "not found\n");
    check("SET a b;GET a;", "ok\nvalue b\n");
    check("SET a b;DEL a;DEL a", "ok\nok\nnot found\n");
    check("SET a  b  c ;GET a", "ok\nvalue  b  c \n");
    check("SET a ;GET a", "ok\nvalue \n");
    check("set a b;Get a", "ok\nvalue b\n");
    // A value cannot be taken for another answer.
    check("SET a error;GET a", "ok\nvalue error\n");
}

#[test]
fn keys_and_values_are_bytes() {
    let input = b"SET \xe9 \xff\x00 \r \nGET \xe9\nGET \x00\n";
    check(input, "ok\nvalue \\xff\\x00 \\r \nnot found\n");
}

#[test]
fn what_editors_of_windows_write_is_no_part_of_a_line() {
    let input = "\u{feff}SET a \u{feff}1\r\nGET a\r\nGET a\r";
    let value = "value \\xef\\xbb\\xbf1\n";
    check(input, &format!("ok\n{value}{value}"));
}

#[test]
fn without_work_one_sees_clients_and_their_server() {
    let (drawn, complaints, code) = ended(&mut command(PROGRAM));
    for lane in ["\none by one  [a?", "\nahead       [w?", "\nserver   "] {
        assert!(drawn.contains(lane), "{drawn}");
    }
    assert_eq!((complaints.as_str(), code), ("", Some(0)));
}

#[test]
fn a_real_run_is_drawn_beside_its_answers() {
    let (path, _folder) = file("GET a\n");
    let (printed, drawn, _) = ended(command(PROGRAM).arg(path).arg("--timeline"));
    assert_eq!(printed, "not found\n");
    assert!(
        drawn.contains("\nmain ") && drawn.contains("\nserver "),
        "{drawn}"
    );
}

#[test]
fn an_input_that_does_not_block_is_waited_for() {
    let (mut writer, input) = UnixStream::pair().expect("there is a socket left");
    input.set_nonblocking(true).expect("it can be set");
    let mut child = Running::start(command(PROGRAM).arg("-").stdin(OwnedFd::from(input)));
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    within(move || {
        let mut lines = stdout.lines().map(Result::unwrap);
        for _ in 0..3 {
            // When it has answered, it finds nothing to read.
            writer.write_all(b"GET a\n").unwrap();
            assert_eq!(lines.next().as_deref(), Some("not found"));
        }
    });
    assert_eq!(child.end().status.code(), Some(0));
}

#[test]
fn many_lines_are_answered_in_order() {
    // More than are in flight at once, or fit into a buffer.
    let (mut input, mut expected, mut last) = (String::new(), String::new(), [0; 100]);
    for n in 0..20_000 {
        last[n % 100] = n;
        let key = n * 7 % 100;
        write!(
            input,
            "SET {} {n}\nSET {key} {}\nGET {key}\n",
            n % 100,
            last[key]
        )
        .unwrap();
        write!(expected, "ok\nok\nvalue {}\n", last[key]).unwrap();
    }
    check(input, &expected);
}

#[test]
fn a_line_may_be_longer_than_any_buffer() {
    let v = "v".repeat(3_000_000);
    check(format!("SET a {v}\nGET a"), &format!("ok\nvalue {v}\n"));
}

#[test]
fn a_malformed_line_harms_no_other() {
    let unknown = "neither GET key, nor SET key value, nor DEL key";
    let lines = [
        ("SET a 1", "ok"),
        ("got a", unknown),
        ("GET", "the key is missing"),
        ("GET a b", "a key has no spaces"),
        ("GET  a", "a key has no spaces"),
        ("", unknown),
        ("SET a", "SET takes a key and a value"),
        ("SET  1", "the key is missing"),
        ("DEL a ", "a key has no spaces"),
        ("GETa", unknown),
        ("DEL a", "ok"),
    ];
    let (mut printed, mut complaints) = (String::new(), String::new());
    for (number, (_, answer)) in (1..).zip(lines) {
        if answer == "ok" {
            printed += "ok\n";
        } else {
            printed += "error\n";
            writeln!(complaints, "request-response: line {number}: {answer}").unwrap();
        }
    }
    let input = lines.map(|(line, _)| line).join("\n");
    assert_eq!(answers(input), (printed, complaints, Some(1)));
}

/// The program, with pipes for both sides that nobody has named, and its input.
fn dialogue(log: &str) -> (Running, ChildStdin) {
    let mut command = command(PROGRAM);
    let command = command.env("RUST_LOG", log);
    let mut child = Running::start(command.stdin(Stdio::piped()));
    let stdin = child.0.stdin.take().expect("it is piped");
    (child, stdin)
}

#[test]
fn a_user_who_waits_gets_the_answer() {
    let (mut child, mut stdin) = dialogue("off");
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    within(move || {
        let mut lines = stdout.lines().map(Result::unwrap);
        for (said, heard) in [
            ("SET a 1\n", "ok"),
            ("nonsense\n", "error"),
            // The start of a line does not hold back the answers before it.
            ("GET a\nGE", "value 1"),
            ("T b\n", "not found"),
        ] {
            stdin.write_all(said.as_bytes()).unwrap();
            assert_eq!(lines.next().as_deref(), Some(heard));
        }
    });
    assert_eq!(child.end().status.code(), Some(1));
}

#[test]
fn a_reader_that_goes_away_ends_it_while_its_input_is_open() {
    let (mut child, mut stdin) = dialogue("off");
    drop(child.0.stdout.take());
    // Not always at once: a process that another test starts has the reader, too, for a moment.
    within(move || while stdin.write_all(b"GET a\n").is_ok() {});
    assert_eq!(child.end().status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_answers() {
    let (mut child, mut stdin) = dialogue("debug");
    let log = BufReader::new(child.0.stderr.take().unwrap());
    // Stays open, or the program would end.
    let _stdin = within(move || {
        let value = "v".repeat(1_000_000);
        let gets = "GET a\n".repeat(200);
        write!(stdin, "SET a {value}\n{gets}").unwrap();
        // All are answered, and hardly any of it fits into the pipe.
        let lines = log.lines().map(Result::unwrap);
        let gets = lines.filter(|line| line.ends_with("server GET a"));
        assert_eq!(gets.take(200).count(), 200);
        stdin
    });
    let status = fs::read_to_string(format!("/proc/{}/status", child.0.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().strip_suffix(" kB"));
    let peak: u64 = peak.expect("a line of Linux").parse().unwrap();
    assert!(peak < 50_000, "{peak} KiB");
}

#[test]
#[cfg(target_os = "linux")] // Others do not keep to the limit.
fn a_line_longer_than_memory_harms_no_other() {
    // The last two can be read, and not be kept.
    for (start, megabytes) in [("", 300), ("GET ", 100), ("SET a ", 100)] {
        let script = format!(
            "{{ echo SET b 1; printf '{start}'; head -c {megabytes}000000 /dev/zero; echo; echo GET b; }} |
            (ulimit -v 250000; exec {PROGRAM})"
        );
        let (printed, complaints, code) = ended(command("sh").args(["-c", &script]));
        assert_eq!(printed, "ok\nerror\nvalue 1\n", "{complaints}");
        let expected = "request-response: line 2: it does not fit into memory\n";
        assert_eq!((complaints.as_str(), code), (expected, Some(1)));
    }
}

#[test]
fn an_input_that_is_the_output_is_refused() {
    for redirection in ["- <", "<", ""] {
        let (path, _folder) = file("GET a\n");
        let script = format!(r#"exec "$0" {redirection} "$1" >>"$1""#);
        let (_, complaints, code) = ended(command("sh").args(["-c", &script, PROGRAM]).arg(&path));
        assert!(
            complaints.ends_with(": input file is output file\n"),
            "{complaints}"
        );
        assert_eq!(code, Some(1));
        assert_eq!(fs::read(path).expect("it is there"), b"GET a\n");
    }
}

#[test]
fn an_input_that_cannot_be_read_is_a_clear_error() {
    let (path, _folder) = file("GET a\n");
    let unreadable = File::options()
        .append(true)
        .open(path)
        .expect("it is there");
    let (printed, complaints, code) = ended(command(PROGRAM).stdin(unreadable));
    let expected = "request-response: \"-\": Bad file descriptor";
    assert!(complaints.starts_with(expected), "{complaints}");
    assert_eq!((printed.as_str(), code), ("", Some(1)));
}

#[test]
fn a_file_that_cannot_be_read_is_a_clear_error() {
    for (name, reason) in [
        ("not\nthere", "No such file"),
        ("", "No such file"),
        (".", "Is a directory"),
    ] {
        let (printed, complaints, code) = ended(command(PROGRAM).arg(name));
        let expected = format!("request-response: {name:?}: {reason}");
        assert!(complaints.starts_with(&expected), "{complaints}");
        assert_eq!((printed.as_str(), code), ("", Some(1)));
    }
}

#[test]
fn the_log_says_who_did_what() {
    let (path, _folder) = file("SET greeting hello, world\n");
    let log_at = |level: &str| ended(command(PROGRAM).arg(&path).env("RUST_LOG", level)).1;
    assert!(log_at("debug").contains("DEBUG server SET greeting hello, world"));
    assert!(log_at("info").contains("INFO main keys left in the store: 1"));
}
