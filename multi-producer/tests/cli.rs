//! The program from end to end, beside `grep` where that is installed.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::{iter, thread};

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;
use testkit::program::{self, Running, command};
use testkit::{LIMIT, within};

const MIB: usize = 1 << 20;

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_multi-producer"))
}

/// Runs `command` in `folder`, with `input` on its standard input, to its end.
fn run(command: &mut Command, folder: &TempDir, input: &[u8]) -> Output {
    let stdin = folder.path().join(".stdin");
    fs::write(&stdin, input).unwrap();
    command.stdin(File::open(stdin).unwrap());
    start(command, folder).end()
}

fn start(command: &mut Command, folder: &TempDir) -> Running {
    Running::start(command.current_dir(folder.path()))
}

/// The lines that it prints, each of which must come within the limit.
fn stdout(program: &mut Running) -> impl Iterator<Item = String> + use<> {
    let stdout = BufReader::new(program.0.stdout.take().unwrap());
    let (line_tx, line_rx) = mpsc::sync_channel(0);
    thread::spawn(move || {
        stdout
            .lines()
            .try_for_each(|line| line_tx.send(line.unwrap()))
    });
    iter::from_fn(move || match line_rx.recv_timeout(LIMIT) {
        Ok(line) => Some(line),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => panic!("no line within {LIMIT:?}"),
    })
}

/// What the program prints for `paths` in `folder`; it must succeed and have nothing to say.
fn merged<I: AsRef<OsStr>>(folder: &TempDir, paths: impl IntoIterator<Item = I>) -> Vec<u8> {
    let output = run(program().args(paths), folder, b"");
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    output.stdout
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// A folder with FIFOs, where these can be made.
fn fifos<I: AsRef<OsStr>>(names: &[I]) -> Option<TempDir> {
    let folder = folder(&[]);
    let made = Command::new("mkfifo")
        .args(names)
        .current_dir(folder.path())
        .status();
    made.is_ok_and(|status| status.success()).then_some(folder)
}

/// Opens a FIFO of `folder` to write to; waits until the program reads it.
fn open_fifo(folder: &TempDir, name: &str) -> File {
    let path = folder.path().join(name);
    within(|| File::options().write(true).open(path).unwrap())
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n').collect()
}

fn sorted(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines = lines(bytes);
    lines.sort_unstable();
    lines
}

/// The lines of `merged` that are marked with `name`, put together again without their marks.
fn part(merged: &[u8], name: &str) -> Vec<u8> {
    let mark = format!("{name}:").into_bytes();
    let marked = lines(merged).into_iter();
    marked
        .filter_map(|line| line.strip_prefix(&mark[..]))
        .collect::<Vec<_>>()
        .concat()
}

#[test]
fn without_arguments_breakfast_is_made() {
    let output = run(&mut program(), &folder(&[]), b"");
    assert!(output.status.success());
    assert_eq!(lines(&output.stdout).len(), 15);
    assert_eq!(
        String::from_utf8(part(&output.stdout, "tea")).unwrap(),
        "put the kettle on\nwarm the pot\npour the water on the leaves\nwait for three minutes\npour the tea\n"
    );
    assert_eq!(lines(&part(&output.stdout, "toast")).len(), 5);
    assert_eq!(lines(&part(&output.stdout, "eggs")).len(), 5);
}

#[test]
fn every_byte_of_odd_files_is_there() {
    let folder = folder(&[
        ("empty", b""),
        ("no-newline", b"one\ntwo"),
        ("newlines", b"\n\n"),
        ("binary", b"caf\xe9 \xff\0\r\n\0\n"),
    ]);
    for (name, expected) in [
        ("empty", &b""[..]),
        ("no-newline", b"no-newline:one\nno-newline:two\n"),
        ("newlines", b"newlines:\nnewlines:\n"),
        ("binary", b"binary:caf\xe9 \xff\0\r\nbinary:\0\n"),
    ] {
        assert_eq!(merged(&folder, [name]), expected);
    }
}

#[test]
fn long_lines_stay_whole() {
    let long = |byte: u8| [&vec![byte; 10 * MIB][..], b"\n", &[byte], b"\n"].concat();
    let (a, b) = (long(b'a'), long(b'b'));
    let folder = folder(&[("a", &a), ("b", &b)]);
    let merged = merged(&folder, ["a", "b"]);
    assert!(part(&merged, "a") == a && part(&merged, "b") == b);
    assert_eq!(lines(&merged).len(), 4);
}

#[test]
fn a_file_that_is_named_twice_is_read_twice() {
    let folder = folder(&[("a", b"1\n2\n")]);
    let merged = merged(&folder, ["a", "a"]);
    assert_eq!(
        sorted(&merged),
        [b"a:1\n" as &[u8], b"a:1\n", b"a:2\n", b"a:2\n"]
    );
}

#[test]
fn names_are_printed_as_they_are() {
    let folder = folder(&[("odd\nname", b"one\n")]);
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(folder.path().join(name), "one\n").unwrap();
    assert_eq!(merged(&folder, [name]), b"caf\xe9:one\n");
    // But for a newline, which would tear the line.
    assert_eq!(merged(&folder, ["odd\nname"]), b"odd?name:one\n");
}

/// Some bytes with newlines among them, sometimes more than are read at once.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let byte = || prop_oneof![1 => Just(b'\n'), 3 => any::<u8>()];
    prop_oneof![
        9 => vec(byte(), 0..300),
        1 => (vec(byte(), 1..90), 2_000_usize..9_000).prop_map(|(text, times)| text.repeat(times)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn each_file_keeps_its_order_and_all_lines_are_those_of_grep(
        texts in vec(text(), 1..6),
        input in text(),
    ) {
        let folder = folder(&[]);
        let mut paths = vec!["-".to_string()];
        for (number, text) in texts.iter().enumerate() {
            fs::write(folder.path().join(number.to_string()), text).unwrap();
            paths.push(number.to_string());
        }
        let output = run(program().args(&paths), &folder, &input);
        prop_assert!(output.status.success());
        for (name, text) in paths.iter().zip(iter::once(&input).chain(&texts)) {
            let mut text = text.clone();
            if text.last().is_some_and(|&byte| byte != b'\n') {
                text.push(b'\n');
            }
            prop_assert!(part(&output.stdout, name) == text, "file {}", name);
        }
        if let Some(expected) = grep(&folder, &paths, &input) {
            prop_assert!(sorted(&output.stdout) == sorted(&expected));
        }
    }
}

/// What `grep` prints in the same place, or nothing where it is not GNU's or not installed.
fn grep(folder: &TempDir, paths: &[String], input: &[u8]) -> Option<Vec<u8>> {
    let version = Command::new("grep").arg("--version").output().ok()?;
    if !version.stdout.windows(3).any(|word| word == b"GNU") {
        return None;
    }
    let mut command = command("grep");
    command
        .env("LC_ALL", "C")
        .args(["-aH", "--label=-", ""])
        .args(paths);
    Some(run(&mut command, folder, input).stdout)
}

#[test]
fn lines_come_as_they_are_written() {
    let Some(folder) = fifos(&["a", "b"]) else {
        return;
    };
    fs::write(folder.path().join("file"), "text\n").unwrap();
    let mut program = start(program().args(["a", "b", "file"]), &folder);
    let mut stdout = stdout(&mut program);
    // Nobody has opened a FIFO yet.
    assert_eq!(stdout.next().unwrap(), "file:text");
    let mut b = open_fifo(&folder, "b");
    b.write_all(b"one\n").unwrap();
    assert_eq!(stdout.next().unwrap(), "b:one");
    let mut a = open_fifo(&folder, "a");
    for n in 0..20 {
        writeln!(a, "{n}").unwrap();
        assert_eq!(stdout.next().unwrap(), format!("a:{n}"));
        writeln!(b, "{n}").unwrap();
        assert_eq!(stdout.next().unwrap(), format!("b:{n}"));
    }
    drop((a, b));
    assert_eq!(stdout.next(), None);
    assert!(program.end().status.success());
}

#[test]
fn silent_fifos_hold_up_no_other_file() {
    let names: Vec<String> = (0..70).map(|n| n.to_string()).collect();
    let Some(folder) = fifos(&names) else { return };
    fs::write(folder.path().join("file"), "text\n").unwrap();
    let mut program = start(program().args(&names).arg("file"), &folder);
    let mut stdout = stdout(&mut program);
    assert_eq!(stdout.next().unwrap(), "file:text");
    for name in &names {
        drop(open_fifo(&folder, name));
    }
    assert_eq!(stdout.next(), None);
    assert!(program.end().status.success());
}

#[test]
fn a_line_that_is_written_piece_by_piece_is_not_torn() {
    let Some(folder) = fifos(&["a", "b"]) else {
        return;
    };
    let mut program = start(program().args(["a", "b"]), &folder);
    let mut stdout = stdout(&mut program);
    let (mut a, mut b) = (open_fifo(&folder, "a"), open_fifo(&folder, "b"));
    a.write_all(b"one\nsec").unwrap();
    assert_eq!(stdout.next().unwrap(), "a:one");
    b.write_all(b"whole\n").unwrap();
    assert_eq!(stdout.next().unwrap(), "b:whole");
    a.write_all(b"ond\nthe l").unwrap();
    assert_eq!(stdout.next().unwrap(), "a:second");
    a.write_all(b"ast").unwrap();
    drop(a);
    assert_eq!(stdout.next().unwrap(), "a:the last");
    drop(b);
    assert_eq!(stdout.next(), None);
    assert!(program.end().status.success());
}

#[test]
fn a_stream_that_is_named_twice_is_read_once() {
    let text: Vec<u8> = (0..300_000)
        .flat_map(|n| format!("line {n}\n").into_bytes())
        .collect();
    // As a file, and as a pipe.
    let output = run(program().args(["-", "-"]), &folder(&[]), &text);
    assert!(part(&output.stdout, "-") == text);
    let mut command = program();
    command.args(["-", "/dev/stdin", "-"]).stdin(Stdio::piped());
    let mut program = start(&mut command, &folder(&[]));
    let mut stdin = program.0.stdin.take().unwrap();
    let copy = text.clone();
    let writer = thread::spawn(move || stdin.write_all(&copy).unwrap());
    let output = program.end();
    writer.join().unwrap();
    assert!(part(&output.stdout, "-") == text);
}

/// What the program says when `paths` are merged with two good files, all of whose lines must come.
fn complaints(folder: &TempDir, command: &mut Command, paths: &[&str]) -> Vec<String> {
    fs::write(folder.path().join("first"), "1\n").unwrap();
    fs::write(folder.path().join("last"), "2\n").unwrap();
    let output = run(command.arg("first").args(paths).arg("last"), folder, b"");
    assert_eq!(sorted(&output.stdout), [b"first:1\n" as &[u8], b"last:2\n"]);
    assert_eq!(output.status.code(), Some(1));
    let mut said: Vec<String> = stderr(&output).lines().map(str::to_owned).collect();
    said.sort_unstable();
    said
}

#[test]
fn a_file_that_cannot_be_read_harms_no_other() {
    let folder = folder(&[("closed", b"")]);
    let closed = folder.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let mut command = program();
    // Nothing is closed to root: the program is run as another user, from a folder open to all.
    if File::open(&closed).is_ok() {
        fs::copy(command.get_program(), folder.path().join(".program")).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        command = program::command(folder.path().join(".program"));
        command.uid(65_534).gid(65_534);
    }
    let said = complaints(&folder, &mut command, &["not\nthere", ".", "closed", ""]);
    for (said, expected) in said.iter().zip([
        r#"multi-producer: "": No such file"#,
        r#"multi-producer: ".": Is a directory"#,
        r#"multi-producer: "closed": Permission denied"#,
        r#"multi-producer: "not\nthere": No such file"#,
    ]) {
        assert!(said.starts_with(expected), "{said}");
    }
    assert_eq!(said.len(), 4);
}

#[test]
#[cfg(target_os = "linux")]
fn an_error_while_reading_harms_no_other() {
    let said = complaints(&folder(&[]), &mut program(), &["/proc/self/mem"]);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with(r#"multi-producer: "/proc/self/mem": Input/output error"#),
        "{said:?}"
    );
}

#[test]
fn there_may_be_more_files_than_may_be_open() {
    let folder = folder(&[]);
    let names: Vec<String> = (0..1_000).map(|n| n.to_string()).collect();
    for name in &names {
        fs::write(folder.path().join(name), "text\n").unwrap();
    }
    let mut shell = command("sh");
    shell
        .args(["-c", r#"ulimit -n 100 && exec "$0" "$@""#])
        .arg(program().get_program())
        .args(&names);
    let output = run(&mut shell, &folder, b"");
    assert_eq!(stderr(&output), "");
    let mut expected: Vec<String> = names.iter().map(|name| format!("{name}:text\n")).collect();
    expected.sort_unstable();
    assert_eq!(
        sorted(&output.stdout).concat(),
        expected.concat().as_bytes()
    );
}

#[test]
fn nonsense_is_refused() {
    let output = run(program().arg("--sort"), &folder(&[]), b"");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("unexpected argument"),
        "{output:?}"
    );
    let help = run(program().arg("--help"), &folder(&[]), b"").stdout;
    assert!(help.starts_with(b"Merges the lines of files"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    // Nobody will ever write to the FIFO.
    let Some(folder) = fifos(&["fifo"]) else {
        return;
    };
    fs::write(folder.path().join("large"), "text\n".repeat(MIB)).unwrap();
    let mut program = start(program().args(["fifo", "large"]), &folder);
    assert_eq!(stdout(&mut program).next().unwrap(), "large:text");
    let output = program.end();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let Some(folder) = fifos(&["fifo"]) else {
        return;
    };
    fs::write(folder.path().join("a"), "text\n").unwrap();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = program();
    command.args(["fifo", "a"]);
    let output = start(command.stdout(full()), &folder).end();
    assert_eq!(
        stderr(&output),
        "multi-producer: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let command = command.env("RUST_LOG", "debug").stderr(full());
    assert_eq!(start(command, &folder).end().status.code(), Some(1));
}

#[test]
fn the_log_says_who_did_what() {
    let folder = folder(&[("a", b"text")]);
    let log_at = |level: &str| {
        stderr(&run(
            program().env("RUST_LOG", level).arg("a"),
            &folder,
            b"",
        ))
    };
    assert!(log_at("debug").contains(r#"DEBUG producer-0 reading "a""#));
    assert!(log_at("info").contains(" main merged: "));
}

/// The most memory, in KiB, that the program takes to merge `file`, when nobody reads its output:
/// it goes on until it can do no more.
#[cfg(target_os = "linux")]
fn peak_with_stalled_reader(file: &[u8]) -> u64 {
    let folder = folder(&[("file", file)]);
    let mut program = start(program().arg("file"), &folder);
    let mut stdout = program.0.stdout.take().unwrap();
    let process = Path::new("/proc").join(program.0.id().to_string());
    let peak = within(move || {
        stdout.read_exact(&mut [0]).unwrap();
        // The threads are busy, until one waits for the reader, and the others for that one.
        let is_asleep = |thread: io::Result<fs::DirEntry>| {
            let status = fs::read_to_string(thread.unwrap().path().join("status"));
            status.unwrap().contains("\nState:\tS")
        };
        while !fs::read_dir(process.join("task")).unwrap().all(is_asleep) {
            thread::yield_now();
        }
        let status = fs::read_to_string(process.join("status")).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.unwrap().trim().strip_suffix(" kB").unwrap().parse();
        peak.unwrap()
    });
    // Its reader is gone, and it ends quietly.
    assert!(program.end().status.success());
    peak
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    let peak = peak_with_stalled_reader(&b"a line of some length\n".repeat(2_000_000));
    assert!(peak < 10_000, "{peak} KiB");
}

#[test]
#[cfg(target_os = "linux")]
fn a_few_long_lines_are_in_memory_at_a_time() {
    let line = [&vec![b'a'; 10 * MIB][..], b"\n"].concat();
    let peak = peak_with_stalled_reader(&line.repeat(15));
    assert!(peak < 100_000, "{peak} KiB");
}
