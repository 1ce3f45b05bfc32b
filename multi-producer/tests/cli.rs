//! The program from end to end.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Seek, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::{TempDir, tempfile};
use testkit::program::{self, Habits, Running, command};
use testkit::within;

const MIB: usize = 1 << 20;
const PROGRAM: &str = env!("CARGO_BIN_EXE_multi-producer");

/// The program in `folder`, quiet but for its complaints.
fn program<I: AsRef<OsStr>>(folder: &TempDir, paths: impl IntoIterator<Item = I>) -> Command {
    let mut command = command(PROGRAM);
    command.args(paths).current_dir(folder.path());
    command
}

/// Runs `command` with `input` on its standard input. What it prints, what it says, its exit code.
fn run(command: &mut Command, input: &[u8]) -> (Vec<u8>, String, Option<i32>) {
    let mut stdin = tempfile().unwrap();
    stdin.write_all(input).unwrap();
    stdin.rewind().unwrap();
    let output = program::run(command.stdin(stdin));
    let stderr = String::from_utf8(output.stderr).unwrap();
    (output.stdout, stderr, output.status.code())
}

/// What the program prints; it must succeed and have nothing to say.
fn merged<I: AsRef<OsStr>>(folder: &TempDir, paths: impl IntoIterator<Item = I>) -> Vec<u8> {
    let (stdout, stderr, code) = run(&mut program(folder, paths), b"");
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    stdout
}

/// The lines that it prints, as they come.
fn stdout(program: &mut Running) -> impl FnMut() -> Option<String> + use<> {
    let mut lines = BufReader::new(program.0.stdout.take().unwrap()).lines();
    move || lines.next().map(io::Result::unwrap)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// The same with the FIFOs 0, 1, …, and their names.
fn fifos(number: usize, files: &[(&str, &[u8])]) -> (TempDir, Vec<String>) {
    let (folder, names) = (folder(files), names(number));
    let mut mkfifo = Command::new("mkfifo");
    program::run(mkfifo.args(&names).current_dir(folder.path()));
    (folder, names)
}

fn names(number: usize) -> Vec<String> {
    (0..number).map(|n| n.to_string()).collect()
}

/// Opens a FIFO of `folder` to write to; waits until the program reads it.
fn open_fifo(folder: &TempDir, name: &str) -> File {
    let path = folder.path().join(name);
    File::options().write(true).open(path).unwrap()
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

fn sorted(bytes: &[u8]) -> Vec<u8> {
    let mut lines = lines(bytes);
    lines.sort_unstable();
    lines.concat()
}

/// The lines of `merged` that are marked with `name`, put together again without their marks.
fn part(merged: &[u8], name: &str) -> Vec<u8> {
    let mark = format!("{name}:").into_bytes();
    let marked = lines(merged).into_iter();
    let parts = marked.filter_map(|line| line.strip_prefix(&mark[..]));
    parts.collect::<Vec<_>>().concat()
}

#[test]
fn it_has_the_habits_of_a_tool() {
    Habits {
        program: PROGRAM,
        about: "Merges the lines of files",
        prints: &[concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")],
        refuses: &[(&["--sort"], "unexpected argument")],
    }
    .check();
}

#[test]
fn without_work_it_shows_three_cooks() {
    let output = program::run(&mut command(PROGRAM));
    let shown = String::from_utf8(output.stdout).unwrap();
    for part in [
        "\nproducer-2  [",
        "\nmain ",
        "tea",
        "toa",
        "eggs",
        "...",
        "Real work: ",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert_eq!((output.stderr, output.status.code()), (vec![], Some(0)));
}

#[test]
fn without_a_name_standard_input_is_read() {
    let folder = folder(&[]);
    assert_eq!(run(&mut program(&folder, [""; 0]), b"one\n").0, b"-:one\n");
}

#[test]
fn odd_files_are_merged_whole() {
    for (name, text, expected) in [
        (&b"a"[..], &b""[..], &b""[..]),
        (b"a", b"one\ntwo", b"a:one\na:two\n"),
        (b"a", b"\n\n", b"a:\na:\n"),
        (b"a", b"caf\xe9\xff\0\r\n\0\n", b"a:caf\xe9\xff\0\r\na:\0\n"),
        (b"caf\xe9", b"one\n", b"caf\xe9:one\n"),
        // A newline in a name would tear the line.
        (b"odd\nname", b"one\n", b"odd?name:one\n"),
    ] {
        let (folder, name) = (folder(&[]), OsStr::from_bytes(name));
        fs::write(folder.path().join(name), text).unwrap();
        assert_eq!(merged(&folder, [name]), expected);
        // Named twice, it is read twice.
        let twice = merged(&folder, [name, name]);
        assert_eq!(sorted(&twice), sorted(&expected.repeat(2)));
    }
}

#[test]
fn large_files_are_merged_whole_and_each_in_its_order() {
    let long = [&vec![b'a'; 10 * MIB][..], b"\n", b"the end\n"].concat();
    let many: Vec<u8> = (0..100_000)
        .flat_map(|n| format!("{n}\n").into_bytes())
        .collect();
    let folder = folder(&[("a", &long), ("b", &many)]);
    let (merged, ..) = run(&mut program(&folder, ["a", "-", "b"]), &long);
    for (name, text) in [("a", &long), ("-", &long), ("b", &many)] {
        assert!(part(&merged, name) == *text, "file {name}");
    }
    assert_eq!(lines(&merged).len(), 100_004);
}

#[test]
fn lines_come_as_they_are_written_and_none_is_torn() {
    within(|| {
        let (folder, _) = fifos(2, &[("file", b"text\n")]);
        let mut program = Running::start(&mut program(&folder, ["0", "1", "file"]));
        let mut next_line = stdout(&mut program);
        // Nobody has opened a FIFO yet.
        assert_eq!(next_line().unwrap(), "file:text");
        let (a, b) = (open_fifo(&folder, "0"), open_fifo(&folder, "1"));
        for (mut fifo, piece, line) in [
            (&b, "one\n", "1:one"),
            (&a, "one\nsec", "0:one"),
            (&b, "whole\n", "1:whole"),
            (&a, "ond\nthe last", "0:second"),
        ] {
            fifo.write_all(piece.as_bytes()).unwrap();
            assert_eq!(next_line().unwrap(), line);
        }
        drop(a);
        assert_eq!(next_line().unwrap(), "0:the last");
        drop(b);
        assert_eq!(next_line(), None);
        assert!(program.end().status.success());
    });
}

#[test]
fn silent_fifos_hold_up_no_other_file() {
    within(|| {
        let (folder, names) = fifos(70, &[("file", b"text\n")]);
        let mut program = Running::start(program(&folder, &names).arg("file"));
        let mut next_line = stdout(&mut program);
        assert_eq!(next_line().unwrap(), "file:text");
        for name in &names {
            drop(open_fifo(&folder, name));
        }
        assert_eq!(next_line(), None);
        assert!(program.end().status.success());
    });
}

/// The program, after the shell has set this limit.
fn limited(limit: &str, folder: &TempDir, paths: &[String]) -> Command {
    let mut shell = command("sh");
    shell.args([
        "-c",
        &format!(r#"ulimit {limit} && exec "$0" "$@""#),
        PROGRAM,
    ]);
    shell.args(paths).current_dir(folder.path());
    shell
}

#[test]
#[cfg(target_os = "linux")]
fn with_no_thread_left_it_fails_instead_of_waiting_for_silent_files() {
    let (folder, names) = fifos(40, &[]);
    // The address space has room for three stacks.
    let mut command = limited("-v 4000000", &folder, &names);
    let (_, stderr, code) = run(command.env("RUST_MIN_STACK", "1073741824"), b"");
    assert!(stderr.contains("the system has a thread left"), "{stderr}");
    assert_eq!(code, Some(101));
}

#[test]
fn there_may_be_more_files_than_may_be_open() {
    let names = names(1_000);
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (&name[..], &b"x"[..])).collect();
    let (merged, stderr, _) = run(&mut limited("-n 24", &folder(&files), &names), b"");
    assert_eq!(stderr, "");
    let expected = names.join(":x\n") + ":x\n";
    assert_eq!(sorted(&merged), sorted(expected.as_bytes()));
}

#[test]
#[cfg(target_os = "linux")]
fn there_may_be_more_fifos_than_may_be_open() {
    within(|| {
        let (folder, names) = fifos(40, &[]);
        // Open for both, which waits for no reader.
        let open = |name| {
            File::options()
                .read(true)
                .write(true)
                .open(folder.path().join(name))
        };
        let mut fifos: Vec<_> = names.iter().map(|name| open(name).ok()).collect();
        for fifo in &fifos {
            fifo.as_ref().unwrap().write_all(b"x\n").unwrap();
        }
        let mut program = Running::start(&mut limited("-n 24", &folder, &names));
        let mut next_line = stdout(&mut program);
        // Some more fit in, but not all.
        let mut open: Vec<_> = (0..15).map(|_| next_line().unwrap()).collect();
        for closed in 0..40 {
            let line = open.pop().unwrap();
            fifos[line.strip_suffix(":x").unwrap().parse::<usize>().unwrap()] = None;
            if closed < 40 - 15 {
                open.push(next_line().unwrap());
            }
        }
        let output = program.end();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
        assert!(output.status.success());
    });
}

#[test]
fn a_stream_that_is_named_twice_is_read_once() {
    let text = b"the same line again and again\n".repeat(100_000);
    let folder = folder(&[]);
    // As a file, and as a pipe.
    let (merged, ..) = run(&mut program(&folder, ["-", "-"]), &text);
    assert!(part(&merged, "-") == text);
    let mut command = program(&folder, ["-", "/dev/stdin", "-"]);
    let mut program = Running::start(command.stdin(Stdio::piped()));
    let mut stdin = program.0.stdin.take().unwrap();
    let copy = text.clone();
    let writer = thread::spawn(move || stdin.write_all(&copy).unwrap());
    assert!(part(&program.end().stdout, "-") == text);
    writer.join().unwrap();
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_harms_no_other() {
    let folder = folder(&[("first", b"1\n"), ("last", b"2\n")]);
    let paths = ["first", "not\nthere", ".", "", "/proc/self/mem", "last"];
    let (merged, stderr, code) = run(&mut program(&folder, paths), b"");
    assert_eq!(sorted(&merged), b"first:1\nlast:2\n");
    assert_eq!(code, Some(1));
    let said = String::from_utf8(sorted(stderr.as_bytes())).unwrap();
    let expected = r#"multi-producer: "": No such file or directory (os error 2)
multi-producer: ".": Is a directory (os error 21)
multi-producer: "/proc/self/mem": Input/output error (os error 5)
multi-producer: "not\nthere": No such file or directory (os error 2)
"#;
    assert_eq!(said, expected);
}

#[test]
fn no_file_is_read_into_itself() {
    let folder = folder(&[("f", b"text\n"), ("other", b"1\n")]);
    for (path, stdin) in [("f", "other"), ("-", "f")] {
        // It would grow until the disk is full.
        let mut command = limited("-f 1000", &folder, &[path.into(), "other".into()]);
        let open = |name| {
            File::options()
                .read(true)
                .append(true)
                .open(folder.path().join(name))
        };
        command
            .stdin(open(stdin).unwrap())
            .stdout(open("f").unwrap());
        let output = program::run(&mut command);
        let expected = format!("multi-producer: {path:?}: input file is output file\n");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(
        fs::read(folder.path().join("f")).unwrap(),
        b"text\nother:1\nother:1\n"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_that_is_longer_than_memory_harms_no_other_file() {
    let folder = folder(&[("file", b"text\n")]);
    let paths = ["/dev/zero", "file"].map(String::from);
    let (merged, stderr, code) = run(&mut limited("-v 400000", &folder, &paths), b"");
    let expected = "multi-producer: \"/dev/zero\": a line is longer than memory\n";
    assert_eq!((stderr.as_str(), code), (expected, Some(1)));
    assert_eq!(merged, b"file:text\n");
}

#[test]
fn streams_that_do_not_block_are_waited_for() {
    let (mut input, stdin) = UnixStream::pair().unwrap();
    let (mut output, stdout) = UnixStream::pair().unwrap();
    for stream in [&stdin, &stdout] {
        stream.set_nonblocking(true).unwrap();
    }
    let (stdin, stdout) = (OwnedFd::from(stdin), OwnedFd::from(stdout));
    let program = Running::start(command(PROGRAM).arg("-").stdin(stdin).stdout(stdout));
    within(move || {
        let mut printed = [0; 6];
        input.write_all(b"one\n").unwrap();
        output.read_exact(&mut printed).unwrap();
        // More than the socket holds before anybody reads.
        let lines = b"a line\n".repeat(MIB);
        let expected = lines.len() + 2 * MIB;
        let writer = thread::spawn(move || input.write_all(&lines).unwrap());
        let mut rest = vec![0; expected];
        output.read_exact(&mut rest).unwrap();
        writer.join().unwrap();
        assert!(part(&rest, "-") == b"a line\n".repeat(MIB));
        assert!(program.end().status.success());
    });
}

#[test]
fn a_reader_that_goes_ends_it_though_a_thread_waits() {
    within(|| {
        // Nobody will ever write to the FIFO.
        let (folder, _) = fifos(1, &[("large", &b"text\n".repeat(MIB))]);
        let mut command = program(&folder, ["0", "large"]);
        let mut program = Running::start(&mut command);
        assert_eq!(stdout(&mut program)().unwrap(), "large:text");
        let output = program.end();
        assert_eq!(
            (&output.stderr[..], output.status.code()),
            (&b""[..], Some(0))
        );
    });
}

#[test]
fn the_log_says_who_did_what() {
    let folder = folder(&[("a", b"text")]);
    for (level, of_others) in [("debug", true), ("multi_producer=debug", false)] {
        let (_, log, _) = run(program(&folder, ["a"]).env("RUST_LOG", level), b"");
        assert!(log.contains(r#"DEBUG producer-0 reading "a""#), "{log}");
        assert_eq!(log.contains(" main merged: "), of_others, "{log}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_grows_with_the_longest_line_and_not_with_the_input() {
    let long_line = [&vec![b'a'; 10 * MIB][..], b"\n"].concat();
    for (line, times, most) in [
        (&b"a line of some length\n"[..], 2_000_000, 10_000),
        (&long_line, 15, 100_000),
    ] {
        let folder = folder(&[("file", &line.repeat(times))]);
        within(move || {
            let mut program = Running::start(&mut program(&folder, ["file"]));
            let stdout = program.0.stdout.as_mut();
            stdout.unwrap().read_exact(&mut [0]).unwrap();
            // The threads are busy, until one waits for its reader, and the others for that one.
            let process = Path::new("/proc").join(program.0.id().to_string());
            let status = |of: &Path| fs::read_to_string(of.join("status")).unwrap();
            let sleeps = |thread: &Path| status(thread).contains("\nState:\tS");
            let threads = || fs::read_dir(process.join("task")).unwrap();
            while !threads().all(|thread| sleeps(&thread.unwrap().path())) {
                thread::yield_now();
            }
            let status = status(&process);
            let peak = status.split("VmHWM:").nth(1).unwrap().split("kB").next();
            let kib: u64 = peak.unwrap().trim().parse().unwrap();
            assert!(kib < most, "{kib} KiB");
        });
    }
}
