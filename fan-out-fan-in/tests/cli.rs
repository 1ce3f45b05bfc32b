//! The program from end to end, beside `wc` where that is GNU's.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::ffi::OsStr;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::{UnixListener, UnixStream};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use proptest::collection::vec;
use proptest::prelude::*;
use tempfile::TempDir;
use testkit::program::{self, Habits, Running, command};
use testkit::within;

const PROGRAM: &str = env!("CARGO_BIN_EXE_fan-out-fan-in");
const MIB: usize = 1 << 20;

#[test]
fn it_has_the_habits_of_a_tool() {
    Habits {
        program: PROGRAM,
        about: "Counts the lines",
        prints: &["src"],
        refuses: &[
            (&["--workers", "0"], "0 is not in 1..=512"),
            (&["--workers", "-1"], "-1"),
            (&["--workers", "many"], "invalid digit"),
            (&["--wrokers", "2"], "unexpected argument"),
        ],
    }
    .check();
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

/// Runs `command` in `folder` with `input`: what it prints, what it complains about, its exit code.
fn run(command: &mut Command, folder: &TempDir, input: &[u8]) -> (Vec<u8>, String, Option<i32>) {
    let stdin = folder.path().join(".stdin");
    fs::write(&stdin, input).unwrap();
    command.stdin(File::open(stdin).unwrap());
    let output = program::run(command.current_dir(folder));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.stdout, stderr, output.status.code())
}

/// What the program prints; it must succeed and have nothing to say.
fn counted(folder: &TempDir, paths: &[impl AsRef<OsStr>], input: &[u8]) -> String {
    let (stdout, stderr, code) = run(command(PROGRAM).args(paths), folder, input);
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    String::from_utf8_lossy(&stdout).into_owned()
}

#[test]
fn without_arguments_it_shows_the_pattern() {
    let output = program::run(&mut command(PROGRAM));
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.starts_with("in order: a b c d e f g h i j k l\n"));
    for lane in ["\nfeeder ", "\nworker-0 ", "\nworker-2 ", "\nmain "] {
        assert!(printed.contains(lane), "{printed}");
    }
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn files_are_counted_and_named() {
    let folder = folder(&[
        ("a.txt", b"one two\nthree\n"),
        ("empty", b""),
        ("no-newline", b"the end"),
        ("not-utf8", b"caf\xe9 \xff\xfe\n"),
        ("spaces", b" \x0b\r\x0c\t"),
        ("it's\nodd", b"text"),
        ("d/b", b"b"),
        ("d/a.txt", b"a"),
        ("d/a/z", b"z"),
        ("d/a/.hidden", b"h"),
    ]);
    // Only what is named is more than a file.
    symlink("a", folder.path().join("d/link")).unwrap();
    UnixListener::bind(folder.path().join("d/socket")).unwrap();
    for (paths, printed) in [
        (&["a.txt"][..], " 2  3 14 a.txt\n"), // One file has no total.
        (
            &["empty", "no-newline", "not-utf8", "spaces"],
            " 0  0  0 empty\n 0  2  7 no-newline\n 1  2  8 not-utf8\n 0  0  5 spaces\n\
             \x201  4 20 total\n",
        ),
        // A directory is walked and sorted.
        (
            &["d", "empty"],
            "0 1 1 d/a/.hidden\n0 1 1 d/a/z\n0 1 1 d/a.txt\n0 1 1 d/b\n0 0 0 empty\n0 4 4 total\n",
        ),
        // A name with a newline is one line that a shell understands.
        (&["it's\nodd"], "0 1 4 'it'\\''s'$'\\n''odd'\n"),
        (
            &["d/b", "-", "d/b", "-"],
            " 0  1  1 d/b\n 2  2  8 -\n 0  1  1 d/b\n 0  0  0 -\n 2  4 10 total\n",
        ),
    ] {
        assert_eq!(counted(&folder, paths, b"one\ntwo\n"), printed);
    }
}

#[test]
fn a_name_that_is_no_utf8_is_printed_as_it_is() {
    let (folder, name) = (folder(&[]), OsStr::from_bytes(b"caf\xe9"));
    fs::write(folder.path().join(name), "text").unwrap();
    let (stdout, _, code) = run(command(PROGRAM).arg(name), &folder, b"");
    assert_eq!((&stdout[..], code), (&b"0 1 4 caf\xe9\n"[..], Some(0)));
}

#[test]
fn a_word_across_a_cut_counts_once_with_any_number_of_workers() {
    // Words and gaps that end just before, at and just after the ends of pieces and blocks.
    let mut text = vec![b'a'; 3 * MIB + 10];
    (
        text[MIB - 1],
        text[MIB + 5],
        text[2 * MIB],
        text[3 * MIB + 9],
    ) = (b' ', b'\n', b' ', b'\n');
    let all_words = b"ab ".repeat(MIB);
    let folder = folder(&[
        ("large", &text),
        ("words", &all_words),
        ("small", b"one two"),
    ]);
    for workers in ["1", "2", "7"] {
        assert_eq!(
            counted(
                &folder,
                &["--workers", workers, "large", "words", "small"],
                b""
            ),
            "      2       4 3145738 large\n      0 1048576 3145728 words\n      \
             0       2       7 small\n      2 1048582 6291473 total\n"
        );
    }
}

/// What `wc` prints in the same place, or nothing where it is not GNU's or not installed.
fn wc(folder: &TempDir, paths: &[impl AsRef<OsStr>], input: &[u8]) -> Option<String> {
    let version = Command::new("wc").arg("--version").output().ok()?;
    let is_gnu = String::from_utf8_lossy(&version.stdout).contains("GNU");
    let mut wc = command("wc");
    let (stdout, ..) = run(wc.env("LC_ALL", "C").args(paths), folder, input);
    is_gnu.then(|| String::from_utf8_lossy(&stdout).into_owned())
}

/// Text, as both old and new versions of `wc` see it: before 9.5, GNU's took bytes beyond ASCII for
/// nothing at all.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let large = ("[a-z \n]{1,9}", 200_000_usize..400_000);
    prop_oneof![
        9 => "[ -~\t\n\r\x0b\x0c]{0,300}".prop_map(String::into_bytes),
        1 => large.prop_map(|(text, times)| text.repeat(times).into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn files_are_printed_as_wc_prints_them(texts in vec(text(), 1..6), input in text()) {
        let names = ["1", "2", "3", "4", "5"].into_iter();
        let files: Vec<_> = { names }.zip(texts.iter().map(Vec::as_slice)).collect();
        let folder = folder(&files);
        let paths: Vec<_> = ["-"].into_iter().chain(files.iter().map(|file| file.0)).collect();
        // All files with standard input among them, single ones, and none.
        for paths in [&paths[..], &paths[..1], &paths[1..2], &[]] {
            if let Some(expected) = wc(&folder, paths, &input) {
                prop_assert_eq!(counted(&folder, paths, &input), expected);
            }
        }
    }

    // No single quotes: wc 9.1 prints some names that have one and a newline so that a shell reads
    // another name.
    #[test]
    fn names_are_printed_as_wc_prints_them(name in "[ -&(-.0-~\n\t\r\x01\u{e9}]{1,12}") {
        prop_assume!(!name.starts_with('-') && name != "." && name != "..");
        let folder = folder(&[(&name, b"text")]);
        if let Some(expected) = wc(&folder, &[&name], b"") {
            prop_assert_eq!(counted(&folder, &[&name], b""), expected);
        }
    }
}

#[test]
fn what_is_no_file_is_read_to_its_end_as_wc_does() {
    let folder = folder(&[("file", b"one two\n")]);
    for script in [
        r#""$0" /dev/null"#,
        r#""$0" /dev/null file file"#,
        r#"cat file | "$0""#,
        r#"cat file | "$0" -"#,
        r#"cat file | "$0" file /dev/stdin"#,
        r#"mkfifo pipe; cat file >pipe & "$0" pipe"#,
    ] {
        let mut sh = command("sh");
        let (stdout, stderr, code) = run(sh.args(["-c", script, PROGRAM]), &folder, b"");
        assert_eq!((stderr.as_str(), code), ("", Some(0)), "{script}");
        fs::remove_file(folder.path().join("pipe")).ok();
        let mut sh = command("sh");
        let (expected, ..) = run(sh.args(["-c", script, "wc"]), &folder, b"");
        // Of GNU's alone, columns are as wide as here.
        if wc(&folder, &["file"], b"").is_some() {
            assert_eq!(stdout, expected, "{script}");
        }
    }
}

#[test]
fn a_stream_that_does_not_block_is_waited_for() {
    let folder = folder(&[("file", b"text")]);
    let (mut here, there) = UnixStream::pair().unwrap();
    there.set_nonblocking(true).unwrap();
    let mut program = command(PROGRAM);
    program.args(["file", "-"]).current_dir(&folder);
    let mut running = Running::start(program.stdin(OwnedFd::from(there)));
    drop(program); // It holds the other end.
    let mut stdout = BufReader::new(running.0.stdout.take().unwrap());
    let printed = within(move || {
        let mut printed = String::new();
        stdout.read_line(&mut printed).unwrap();
        here.write_all(b"one two\n").unwrap();
        drop(here);
        stdout.read_to_string(&mut printed).unwrap();
        printed
    });
    assert!(
        printed.contains("\n      1       2       8 -\n"),
        "{printed}"
    );
    assert_eq!(running.end().status.code(), Some(0));
}

#[test]
fn no_file_is_left_out_because_others_are_open() {
    let folder = folder(&[]);
    for name in 0..90 {
        let directory = folder.path().join(name.to_string());
        fs::create_dir(&directory).unwrap();
        let file = File::create(directory.join("file")).unwrap();
        file.set_len(2_000_000).unwrap();
    }
    let mut sh = command("sh");
    sh.args(["-c", r#"ulimit -n 10; exec "$0" --workers 32 ."#, PROGRAM]);
    let (stdout, stderr, code) = run(&mut sh, &folder, b"");
    assert_eq!((stderr.as_str(), code), ("", Some(0)));
    let stdout = String::from_utf8(stdout).unwrap();
    assert!(stdout.ends_with(" 180000000 total\n"), "{stdout}");
}

/// What the program complains about when `paths` are counted between two good files, of which
/// nothing must be missing.
fn assert_complaints(folder: &TempDir, program: &mut Command, paths: &[&str], complaints: &[&str]) {
    fs::write(folder.path().join("first"), "1\n").unwrap();
    fs::write(folder.path().join("last"), "2\n").unwrap();
    let (stdout, stderr, code) = run(program.arg("first").args(paths).arg("last"), folder, b"");
    assert_eq!(stdout, b"1 1 2 first\n1 1 2 last\n2 2 4 total\n");
    assert_eq!(stderr.lines().count(), complaints.len(), "{stderr}");
    for (line, complaint) in stderr.lines().zip(complaints) {
        let line = line.strip_prefix("fan-out-fan-in: ").expect(line);
        assert!(line.starts_with(complaint), "{line}");
    }
    assert_eq!(code, Some(1));
}

#[test]
fn a_file_that_cannot_be_counted_harms_no_other() {
    let folder = folder(&[("d/e/f", b"")]);
    fs::remove_file(folder.path().join("d/e/f")).unwrap();
    let missing = [r#""not\nthere": No such file"#, r#""": No such file"#];
    assert_complaints(
        &folder,
        &mut command(PROGRAM),
        &["not\nthere", ""],
        &missing,
    );

    if cfg!(target_os = "linux") {
        let unreadable = [r#""/proc/self/mem": Input/output error"#];
        assert_complaints(
            &folder,
            &mut command(PROGRAM),
            &["/proc/self/mem"],
            &unreadable,
        );
    }
}

#[test]
fn what_is_not_allowed_harms_no_other() {
    let folder = folder(&[("d/closed/file", b""), ("d/secret", b"")]);
    let set_mode = |name: &str, mode| {
        fs::set_permissions(folder.path().join(name), Permissions::from_mode(mode)).unwrap();
    };
    set_mode("d/closed", 0o000);
    set_mode("d/secret", 0o000);
    let mut program = command(PROGRAM);
    // Nothing is closed to root: the program is run by somebody else, from where he can reach it.
    if fs::read_dir(folder.path().join("d/closed")).is_ok() {
        fs::copy(PROGRAM, folder.path().join(".program")).unwrap();
        set_mode(".", 0o755);
        program = command(folder.path().join(".program"));
        program.uid(65_534).gid(65_534);
    }
    let denied = [
        r#""d/closed": Permission denied"#,
        r#""d/secret": Permission denied"#,
    ];
    assert_complaints(&folder, &mut program, &["d"], &denied);
    set_mode("d/closed", 0o755);
}

#[test]
fn the_log_says_who_did_what() {
    let folder = folder(&[("a", b"text")]);
    let log_at = |level| {
        run(
            command(PROGRAM).env("RUST_LOG", level).arg("a"),
            &folder,
            b"",
        )
        .1
    };
    assert!(log_at("debug").contains("DEBUG worker-"));
    assert!(log_at("fan_out_fan_in").contains("DEBUG worker-"));
    assert!(log_at("info").contains(r#"INFO main pieces counted by each: {"worker-"#));
    let warning = r#"RUST_LOG="debg" is neither a level nor"#;
    assert_eq!(log_at("debg").matches(warning).count(), 1);
}

/// The most memory that a process has had so far, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.unwrap().split_ascii_whitespace().next();
    peak.unwrap().parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_input() {
    let folder = folder(&[("large", b"")]);
    let large = File::options()
        .write(true)
        .open(folder.path().join("large"));
    large.and_then(|file| file.set_len(60_000_000)).unwrap();
    let mut program = command(PROGRAM);
    // The window, and with it the memory, grows with the workers.
    program
        .args(["--workers", "2", "large", "-"])
        .current_dir(&folder);
    let mut running = Running::start(program.stdin(Stdio::piped()));
    let (process, mut stdin) = (running.0.id(), running.0.stdin.take().unwrap());
    let peak = within(move || {
        let newlines = vec![b'\n'; MIB];
        (0..60).for_each(|_| stdin.write_all(&newlines).unwrap());
        // It has taken all but what fits into a pipe, and cannot have ended.
        peak_memory(process)
    });
    let lines = String::from_utf8(running.end().stdout).unwrap();
    assert!(
        lines.ends_with("\n62914560        1 122914560 total\n"),
        "{lines}"
    );
    assert!(peak < 50_000, "{peak} KiB");
}
