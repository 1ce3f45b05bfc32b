//! The program from end to end, beside `wc` where that is installed.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;
use testkit::program::{self, Running, command};
use testkit::within;

const MIB: usize = 1 << 20;

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_fan-out-fan-in"))
}

/// Runs `command` in `folder`, with `input` on its standard input, to its end.
fn run(command: &mut Command, folder: &TempDir, input: &[u8]) -> Output {
    let stdin = folder.path().join(".stdin");
    fs::write(&stdin, input).unwrap();
    command
        .current_dir(folder.path())
        .stdin(File::open(stdin).unwrap());
    program::run(command)
}

/// What the program prints for `paths` in `folder`; it must succeed and have nothing to say.
fn counted<I: AsRef<OsStr>>(folder: &TempDir, paths: impl IntoIterator<Item = I>) -> String {
    let output = run(program().args(paths), folder, b"");
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `wc` prints in the same place, or nothing where it is not GNU's or not installed.
fn wc<I: AsRef<OsStr>>(
    folder: &TempDir,
    paths: impl IntoIterator<Item = I>,
    input: &[u8],
) -> Option<Vec<u8>> {
    let version = Command::new("wc").arg("--version").output().ok()?;
    if !version.stdout.windows(3).any(|word| word == b"GNU") {
        return None;
    }
    Some(run(command("wc").env("LC_ALL", "C").args(paths), folder, input).stdout)
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn without_arguments_it_counts_this_workspace() {
    let output = run(&mut program(), &folder(&[]), b"");
    let lines = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    assert!(
        lines
            .lines()
            .any(|line| line.ends_with("fan-out-fan-in/src/ordered.rs"))
    );
    assert!(lines.lines().last().unwrap().ends_with(" total"));
}

#[test]
fn one_file_has_no_total() {
    let folder = folder(&[("a.txt", b"one two\nthree\n")]);
    assert_eq!(counted(&folder, ["a.txt"]), " 2  3 14 a.txt\n");
}

#[test]
fn odd_files_are_counted() {
    let not_utf8: &[u8] = b"caf\xe9 \xff\xfe\n";
    let folder = folder(&[
        ("empty", b""),
        ("no-newline", b"the end"),
        ("not-utf8", not_utf8),
        ("spaces", b" \x0b\r\x0c\t"),
    ]);
    assert_eq!(
        counted(&folder, ["empty", "no-newline", "not-utf8", "spaces"]),
        " 0  0  0 empty\n 0  2  7 no-newline\n 1  2  8 not-utf8\n 0  0  5 spaces\n 1  4 20 total\n"
    );
}

#[test]
fn a_directory_is_walked_and_sorted() {
    let folder = folder(&[
        ("d/b", b"b"),
        ("d/a.txt", b"a"),
        ("d/a/z", b"z"),
        ("d/a/.hidden", b"h"),
        ("c", b"c"),
    ]);
    std::os::unix::fs::symlink("a", folder.path().join("d/link")).unwrap();
    assert_eq!(
        counted(&folder, ["d", "c"]),
        "0 1 1 d/a/.hidden\n0 1 1 d/a/z\n0 1 1 d/a.txt\n0 1 1 d/b\n0 1 1 c\n0 5 5 total\n"
    );
}

#[test]
fn a_word_across_a_cut_counts_once() {
    // Words and gaps that end just before, at and just after the ends of pieces and blocks.
    let mut text = vec![b'a'; 3 * MIB + 10];
    for (place, byte) in [
        (MIB - 1, b' '),
        (MIB + 5, b'\n'),
        (2 * MIB, b' '),
        (3 * MIB + 9, b'\n'),
    ] {
        text[place] = byte;
    }
    let folder = folder(&[
        ("large", &text),
        ("all-words", &b"ab ".repeat(MIB)),
        ("small", b"one two"),
    ]);
    assert_eq!(
        counted(&folder, ["large", "all-words", "small"]),
        "      2       4 3145738 large\n      0 1048576 3145728 all-words\n      0       2       7 small\n      2 1048582 6291473 total\n"
    );
}

#[test]
fn a_line_of_100_mb_is_one_line() {
    let folder = folder(&[]);
    File::create(folder.path().join("long"))
        .unwrap()
        .set_len(100_000_000)
        .unwrap();
    assert_eq!(
        counted(&folder, ["long"]),
        "        0         1 100000000 long\n"
    );
}

#[test]
fn the_number_of_workers_changes_nothing() {
    let folder = folder(&[
        ("large", &b"a few words\n".repeat(300_000)),
        ("small", b"one two"),
    ]);
    let expected = counted(&folder, ["large", "small"]);
    for workers in ["1", "2", "7"] {
        assert_eq!(
            counted(&folder, ["--workers", workers, "large", "small"]),
            expected
        );
    }
}

/// Text, as both old and new versions of `wc` see it: before 9.5, GNU's took bytes beyond ASCII for
/// nothing at all.
fn text() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        9 => "[ -~\t\n\r\x0b\x0c]{0,300}".prop_map(String::into_bytes),
        1 => ("[a-z \n]{1,9}", 200_000_usize..400_000).prop_map(|(text, times)| text.repeat(times).into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn files_are_printed_as_wc_prints_them(texts in prop::collection::vec(text(), 1..6), input in text()) {
        let folder = folder(&[]);
        let mut paths = vec!["-".to_string()];
        for (number, text) in texts.iter().enumerate() {
            fs::write(folder.path().join(number.to_string()), text).unwrap();
            paths.push(number.to_string());
        }
        // All files with standard input among them, and a single one.
        for paths in [&paths[..], &paths[..1], &paths[1..2]] {
            if let Some(expected) = wc(&folder, paths, &input) {
                let output = run(program().args(paths), &folder, &input);
                prop_assert_eq!(String::from_utf8(output.stdout), String::from_utf8(expected));
            }
        }
    }

    #[test]
    fn any_bytes_have_the_lines_and_bytes_that_wc_sees(text in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let folder = folder(&[("file", &text)]);
        if let Some(expected) = wc(&folder, ["file"], b"") {
            let columns = |line: &str| line.split_ascii_whitespace().step_by(2).map(str::to_owned).collect::<Vec<_>>();
            let expected = String::from_utf8(expected).unwrap();
            prop_assert_eq!(columns(&counted(&folder, ["file"])), columns(&expected));
        }
    }

    // No single quotes: wc 9.1 prints some names that have one and a newline so that a shell reads
    // another name.
    #[test]
    fn names_are_printed_as_wc_prints_them(name in "[ -&(-.0-~\n\t\r\x01\u{e9}]{1,12}") {
        prop_assume!(!name.starts_with('-') && name != "." && name != "..");
        let folder = folder(&[(&name, b"text")]);
        if let Some(expected) = wc(&folder, [&name], b"") {
            let output = run(program().arg(&name), &folder, b"");
            prop_assert_eq!(String::from_utf8(output.stdout), String::from_utf8(expected));
        }
    }
}

#[test]
fn a_name_with_a_newline_is_one_line_that_a_shell_understands() {
    let folder = folder(&[("it's\nodd", b"text")]);
    let printed = counted(&folder, ["it's\nodd"]);
    assert_eq!(printed, "0 1 4 'it'\\''s'$'\\n''odd'\n");
}

#[test]
fn a_name_that_is_no_utf8_is_printed_as_it_is() {
    let folder = folder(&[]);
    let name = OsStr::from_bytes(b"caf\xe9");
    fs::write(folder.path().join(name), "text").unwrap();
    let output = run(program().arg(name).arg("."), &folder, b"");
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"0 1 4 caf\xe9\n"), "{output:?}");
}

#[test]
fn standard_input_is_a_file_among_others() {
    let folder = folder(&[("a", b"a"), ("b", b"b")]);
    let output = run(program().args(["a", "-", "b", "-"]), &folder, b"one\ntwo\n");
    let expected = " 0  1  1 a\n 2  2  8 -\n 0  1  1 b\n 0  0  0 -\n 2  4 10 total\n";
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

/// What the program says when `paths` are counted between two good files, of which nothing must be
/// missing.
fn complaints(folder: &TempDir, command: &mut Command, paths: &[&str]) -> Vec<String> {
    fs::write(folder.path().join("first"), "1\n").unwrap();
    fs::write(folder.path().join("last"), "2\n").unwrap();
    let output = run(command.arg("first").args(paths).arg("last"), folder, b"");
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "1 1 2 first\n1 1 2 last\n2 2 4 total\n"
    );
    assert_eq!(output.status.code(), Some(1));
    stderr(&output).lines().map(str::to_owned).collect()
}

#[test]
fn a_missing_file_harms_no_other() {
    let said = complaints(&folder(&[]), &mut program(), &["not\nthere", ""]);
    assert_eq!(said.len(), 2);
    assert!(
        said[0].starts_with(r#"fan-out-fan-in: "not\nthere": No such file"#),
        "{said:?}"
    );
    assert!(
        said[1].starts_with(r#"fan-out-fan-in: "": No such file"#),
        "{said:?}"
    );
}

#[test]
fn a_special_file_is_not_opened() {
    let folder = folder(&[("d/e/file-to-be-removed", b"")]);
    fs::remove_file(folder.path().join("d/e/file-to-be-removed")).unwrap();
    // Opening a pipe that nobody writes to would block for ever.
    let made = Command::new("mkfifo")
        .args(["d/pipe", "pipe"])
        .current_dir(folder.path())
        .status();
    if made.is_ok_and(|status| status.success()) {
        let said = complaints(&folder, &mut program(), &["d", "pipe"]);
        assert_eq!(said.len(), 2);
        assert!(
            said[0].starts_with(r#"fan-out-fan-in: "d/pipe": neither a file nor"#),
            "{said:?}"
        );
        assert!(
            said[1].starts_with(r#"fan-out-fan-in: "pipe": neither a file nor"#),
            "{said:?}"
        );
    }
}

#[test]
fn a_directory_that_cannot_be_read_harms_no_other() {
    let folder = folder(&[("d/closed/file", b""), ("d/open/.empty", b"")]);
    fs::remove_file(folder.path().join("d/open/.empty")).unwrap();
    let set_mode = |name: &str, mode| {
        fs::set_permissions(folder.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    set_mode("d/closed", 0o000);
    let mut command = program();
    // Nothing is closed to root: the program is run by somebody else, from where he can reach it.
    if fs::read_dir(folder.path().join("d/closed")).is_ok() {
        fs::copy(command.get_program(), folder.path().join(".program")).unwrap();
        set_mode(".", 0o755);
        command = program::command(folder.path().join(".program"));
        command.uid(65_534).gid(65_534);
    }
    let said = complaints(&folder, &mut command, &["d"]);
    set_mode("d/closed", 0o755);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with(r#"fan-out-fan-in: "d/closed": Permission denied"#),
        "{said:?}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_that_cannot_be_read_harms_no_other() {
    let said = complaints(&folder(&[]), &mut program(), &["/proc/self/mem"]);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with(r#"fan-out-fan-in: "/proc/self/mem": Input/output error"#),
        "{said:?}"
    );
}

#[test]
fn a_file_that_vanishes_harms_no_other() {
    let folder = folder(&[("a", b"a"), ("b", b"b"), ("c", b"c")]);
    let mut command = program();
    command
        .args(["a", "-", "b", "c"])
        .current_dir(folder.path())
        .stdin(Stdio::piped());
    let mut child = Running::start(&mut command);
    let (stdin, stdout) = (child.0.stdin.take(), child.0.stdout.take());
    let vanishing = folder.path().join("b");
    let lines = within(move || {
        // With its first line printed, it has seen all three, and now waits for its standard input.
        let mut stdout = BufReader::new(stdout.unwrap());
        let mut lines = String::new();
        stdout.read_line(&mut lines).unwrap();
        fs::remove_file(vanishing).unwrap();
        drop(stdin);
        stdout.read_to_string(&mut lines).unwrap();
        lines
    });
    let output = child.end();
    let numbers: Vec<_> = lines
        .lines()
        .map(|line| line.split_ascii_whitespace().collect::<Vec<_>>())
        .collect();
    assert_eq!(
        numbers,
        [
            ["0", "1", "1", "a"],
            ["0", "0", "0", "-"],
            ["0", "1", "1", "c"],
            ["0", "2", "2", "total"]
        ]
    );
    assert!(stderr(&output).starts_with(r#"fan-out-fan-in: "b": No such file"#));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (["--workers", "0"], "0 is not in 1..=512"),
        (["--workers", "-1"], "-1"),
        (["--workers", "many"], "invalid digit"),
        (["--wrokers", "2"], "unexpected argument"),
    ] {
        let output = run(program().args(arguments), &folder(&[]), b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    assert!(
        run(program().arg("--help"), &folder(&[]), b"")
            .stdout
            .starts_with(b"Counts the lines")
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let folder = folder(&[]);
    for number in 0..2_000 {
        fs::write(
            folder
                .path()
                .join(format!("a-file-with-a-rather-long-name-{number}")),
            "text",
        )
        .unwrap();
    }
    let mut command = program();
    let mut child = Running::start(command.arg(".").current_dir(folder.path()));
    let stdout = BufReader::new(child.0.stdout.take().unwrap());
    let lines = within(|| stdout.lines().take(1).count());
    assert_eq!(lines, 1);
    let output = child.end();
    assert_eq!(stderr(&output), "");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let folder = folder(&[("a", b"a")]);
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = program();
    command.arg("a").current_dir(folder.path()).stdout(full());
    let output = program::run(&mut command);
    assert_eq!(
        stderr(&output),
        "fan-out-fan-in: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let output = program::run(command.env("RUST_LOG", "debug").stderr(full()));
    assert_eq!(output.status.code(), Some(1));
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
    assert!(log_at("debug").contains("DEBUG worker-"));
    assert!(log_at("info").contains(r#"INFO main pieces counted by each: {"worker-"#));
    let said = log_at("debg");
    assert_eq!(said.matches("WARN").count(), 1);
    assert!(
        said.contains(r#"RUST_LOG="debg" is neither a level nor"#),
        "{said}"
    );
}

/// The most memory that a process has had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> u64 {
    let status =
        fs::read_to_string(Path::new("/proc").join(process.to_string()).join("status")).unwrap();
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
    let folder = folder(&[]);
    File::create(folder.path().join("large"))
        .unwrap()
        .set_len(300_000_000)
        .unwrap();
    let mut command = program();
    command
        // The window, and with it the memory, grows with the workers.
        .args(["--workers", "2", "large", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped());
    let mut child = Running::start(&mut command);
    let (process, mut stdin) = (child.0.id(), child.0.stdin.take().unwrap());
    let peak = within(move || {
        let newlines = vec![b'\n'; MIB];
        for _ in 0..100 {
            stdin.write_all(&newlines).unwrap();
        }
        // It has taken all but what fits into a pipe, and cannot have ended.
        peak_memory(process)
    });
    let lines = String::from_utf8(child.end().stdout).unwrap();
    assert_eq!(
        lines.lines().last(),
        Some("104857600         1 404857600 total")
    );
    assert!(peak < 50_000, "{peak} KiB");
}
