//! The program from end to end.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Command, Output, Stdio};
use std::thread;

use tempfile::TempDir;
use testkit::program::{self, Habits, Running, command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_complex-data");

/// What `command` prints, what it says, and its exit code.
fn run(command: &mut Command) -> (String, String, Option<i32>) {
    let Output {
        status,
        stdout,
        stderr,
    } = program::run(command);
    let [stdout, stderr] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (stdout, stderr, status.code())
}

/// What the program prints for `path`; it must succeed and have nothing to say.
fn printed(path: &str, stdin: impl Into<Stdio>) -> String {
    let (stdout, stderr, code) = run(command(PROGRAM).arg(path).stdin(stdin));
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    stdout
}

/// A folder with `text` in the file `text`.
fn folder(text: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("text"), text).unwrap();
    folder
}

/// The values that are printed for `text`, in their order.
fn values(text: &[u8]) -> Vec<String> {
    let folder = folder(text);
    let printed = printed(folder.path().join("text").to_str().unwrap(), Stdio::null());
    printed.lines().map(|line| line[16..].to_string()).collect()
}

#[test]
fn it_has_the_habits_of_a_tool() {
    Habits {
        program: PROGRAM,
        about: "Analyses a text",
        prints: &["Cargo.toml"],
        refuses: &[
            (
                &["--frobnicate", "text"],
                "unexpected argument '--frobnicate'",
            ),
            (&["one", "two"], "unexpected argument 'two'"),
        ],
    }
    .check();
}

#[test]
fn without_arguments_it_shows_the_pattern() {
    let (printed, complaint, code) = run(&mut command(PROGRAM));
    assert_eq!((complaint.as_str(), code), ("", Some(0)));
    for (line, name) in printed.lines().zip("ABCDE".chars()) {
        assert!(line.starts_with(&format!("{name}: ")), "{printed}");
        assert!(line.ends_with(" distinct words"), "{printed}");
    }
    for lane in ["\nfeeder ", "\nworker-0 ", "\nworker-2 ", "\nmain "] {
        assert!(printed.contains(lane), "{printed}");
    }
}

#[test]
fn a_text_is_analysed_in_five_ways() {
    let expected = "lines           201
words           1581
distinct words  593
entropy         4.528 bits per byte
longest line    74 bytes, line 43
";
    let license = concat!(env!("CARGO_MANIFEST_DIR"), "/../LICENSE-APACHE");
    assert_eq!(printed(license, Stdio::null()), expected);
    // Nothing is named, and there is something to read.
    let (stdout, ..) = run(command(PROGRAM).stdin(File::open("Cargo.toml").unwrap()));
    assert_eq!(stdout, printed("Cargo.toml", Stdio::null()));
}

#[test]
fn odd_files_are_analysed() {
    let all: Vec<u8> = (0..=255).collect();
    for (text, expected) in [
        (&b""[..], ["0", "0", "0", "0.000", "none"]),
        (b"\n", ["1", "0", "0", "0.000", "0 bytes, line 1"]),
        (b"\n\nab", ["2", "1", "1", "1.500", "2 bytes, line 3"]),
        (b"a b a b", ["0", "4", "2", "1.557", "7 bytes, line 1"]),
        (
            b" \x0b\r\x0c\t",
            ["0", "0", "0", "2.322", "5 bytes, line 1"],
        ),
        (&all, ["1", "3", "3", "8.000", "245 bytes, line 2"]),
    ] {
        let mut expected = expected.map(String::from);
        expected[3].push_str(" bits per byte");
        assert_eq!(values(text), expected, "{text:?}");
    }
}

#[test]
fn a_file_of_unknown_size_is_read_to_its_end() {
    // More than a pipe holds.
    let text = b"one two three\n".repeat(50_000);
    let folder = folder(&text);
    let open = || File::open(folder.path().join("text")).unwrap();
    let expected = printed("-", open());
    assert!(expected.starts_with("lines           50000\nwords           150000\n"));
    for path in ["-", "/dev/stdin"] {
        let mut cat = Running::start(command("cat").stdin(open()));
        assert_eq!(printed(path, cat.0.stdout.take().unwrap()), expected);
    }
    // A file that is partly read has less to give than its size says.
    let mut rest = open();
    rest.read_exact(&mut vec![0; text.len() - 14]).unwrap();
    assert!(printed("-", rest).starts_with("lines           1\n"));
    if cfg!(target_os = "linux") {
        // A file in /proc says that it is empty, and is not.
        assert!(!printed("/proc/self/status", Stdio::null()).starts_with("lines           0\n"));
    }
}

#[test]
fn a_stream_that_does_not_block_is_waited_for() {
    let (mut here, there) = UnixStream::pair().unwrap();
    there.set_nonblocking(true).unwrap();
    let mut program = command(PROGRAM);
    program.arg("-");
    let running = Running::start(program.stdin(OwnedFd::from(there)));
    drop(program); // It holds the other end.
    for line in ["one\n", "two\n"] {
        // Most of the time, it waits by then.
        (0..1_000).for_each(|_| thread::yield_now());
        here.write_all(line.as_bytes()).unwrap();
    }
    drop(here);
    let output = running.end();
    assert!(output.stdout.starts_with(b"lines           2\n"));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_text_is_in_memory_once_and_more_than_memory_is_a_clear_error() {
    let folder = folder(b"");
    for (name, size) in [("large", 32_000_000), ("larger", 1 << 40)] {
        let file = File::create(folder.path().join(name)).unwrap();
        file.set_len(size).unwrap(); // Takes no room on disk.
    }
    // Room for one copy of these and some stacks, but not for two copies, nor for a list of the
    // words.
    for (script, lines, complaint, code) in [
        (r#""$0" large"#, "lines           0\n", "", Some(0)),
        (
            r#"head -c 32000000 /dev/zero | "$0""#,
            "lines           0\n",
            "",
            Some(0),
        ),
        (
            r#"seq 2000000 | "$0""#,
            "lines           2000000\nwords           2000000\nentropy",
            "complex-data: distinct words: out of memory\n",
            Some(1),
        ),
        (
            r#""$0" larger"#,
            "",
            "complex-data: \"larger\": out of memory\n",
            Some(1),
        ),
    ] {
        let mut sh = command("sh");
        sh.args(["-c", &format!("ulimit -d 60000; {script}"), PROGRAM]);
        let (stdout, stderr, ended) = run(sh.current_dir(&folder));
        assert!(stdout.starts_with(lines), "{script}: {stdout}");
        assert_eq!((stderr.as_str(), ended), (complaint, code), "{script}");
    }
}

#[test]
fn all_threads_read_the_same_memory() {
    let (_, log, _) = run(command(PROGRAM)
        .arg("Cargo.toml")
        .env("RUST_LOG", "complex_data"));
    let lines = log.lines().filter(|line| line.contains(" bytes at 0x"));
    let (threads, places): (BTreeSet<_>, BTreeSet<_>) = lines
        .filter_map(|line| Some((line.split_whitespace().nth(2)?, line.split(" of ").nth(1)?)))
        .unzip();
    assert!(
        threads
            .iter()
            .eq(&["worker-0", "worker-1", "worker-2", "worker-3", "worker-4"])
    );
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn what_cannot_be_read_is_one_line_on_stderr() {
    for (path, reason) in [
        ("not\nthere", "No such file or directory (os error 2)"),
        ("", "No such file or directory (os error 2)"),
        (".", "Is a directory (os error 21)"),
    ] {
        let complaint = format!("complex-data: {path:?}: {reason}\n");
        assert_eq!(
            run(command(PROGRAM).arg(path)),
            (String::new(), complaint, Some(1))
        );
    }
}
