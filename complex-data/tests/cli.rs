//! The program from end to end, beside `wc`, `sort` and others where those are installed.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::{Command, Output, Stdio};

use proptest::prelude::*;
use tempfile::TempDir;
use testkit::program::{Running, command, run};

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_complex-data"))
}

/// What the program prints; it must succeed and have nothing to say.
fn printed(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A folder with `text` in the file `text`.
fn folder(text: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("text"), text).unwrap();
    folder
}

/// What the program prints for `text`.
fn analysed(text: &[u8]) -> String {
    let folder = folder(text);
    printed(program().arg("text").current_dir(folder.path()))
}

/// The values alone, in the order in which they are printed.
fn values(printed: &str) -> Vec<&str> {
    printed.lines().map(|line| &line[16..]).collect()
}

#[test]
fn without_arguments_it_analyses_the_embedded_text() {
    let expected = "lines           201
words           1581
distinct words  593
entropy         4.528 bits per byte
longest line    74 bytes, line 43
";
    assert_eq!(printed(&mut program()), expected);
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/../LICENSE-APACHE");
    assert_eq!(printed(program().arg(text)), expected);
}

#[test]
fn odd_files_are_analysed() {
    for (text, expected) in [
        ("", ["0", "0", "0", "0.000 bits per byte", "none"]),
        (
            "\n",
            ["1", "0", "0", "0.000 bits per byte", "0 bytes, line 1"],
        ),
        (
            "\n\nab",
            ["2", "1", "1", "1.500 bits per byte", "2 bytes, line 3"],
        ),
        (
            "a b a b",
            ["0", "4", "2", "1.557 bits per byte", "7 bytes, line 1"],
        ),
        (
            " \x0b\r\x0c\t",
            ["0", "0", "0", "2.322 bits per byte", "5 bytes, line 1"],
        ),
    ] {
        assert_eq!(values(&analysed(text.as_bytes())), expected, "{text:?}");
    }
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(
        values(&analysed(&all)),
        ["1", "3", "3", "8.000 bits per byte", "245 bytes, line 2"]
    );
}

/// What a shell prints for `script` in a folder with `text`; nothing where it has no GNU `wc`.
fn shell(script: &str, text: &[u8]) -> Option<String> {
    let version = Command::new("wc").arg("--version").output().ok()?;
    if !version.stdout.windows(3).any(|word| word == b"GNU") {
        return None;
    }
    let folder = folder(text);
    let mut sh = command("sh");
    let output = run(sh
        .args(["-euc", script])
        .env("LC_ALL", "C")
        .current_dir(folder.path()));
    assert_eq!(stderr(&output), "");
    Some(String::from_utf8(output.stdout).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(30))]

    #[test]
    fn any_bytes_have_the_lines_and_words_that_the_tools_see(
        text in prop::collection::vec(prop_oneof![Just(b' '), Just(b'\n'), b'a'..b'd', any::<u8>()], 0..2_000),
    ) {
        const SCRIPT: &str = r"
            words() { (cat text; echo) | tr -s '\t\v\f\r ' '\n' | sed '/^$/d'; }
            wc -l <text; words | wc -l; words | sort -u | wc -l";
        if let Some(expected) = shell(SCRIPT, &text) {
            let printed = analysed(&text);
            prop_assert_eq!(&values(&printed)[..3], expected.lines().collect::<Vec<_>>());
        }
    }

    #[test]
    fn text_has_the_words_and_the_longest_line_that_wc_and_awk_see(text in "([ -~]{0,80}\n){0,20}[ -~]{0,80}") {
        const SCRIPT: &str = r#"
            wc -w <text; wc -L <text
            awk 'NR == 1 || length > max { max = length; at = NR }
                END { print NR ? max " bytes, line " at : "none" }' text"#;
        if let Some(expected) = shell(SCRIPT, text.as_bytes()) {
            let [words, length, line] = expected.lines().collect::<Vec<_>>()[..] else { panic!("{expected}") };
            let printed = analysed(text.as_bytes());
            let values = values(&printed);
            prop_assert_eq!((values[1], values[4]), (words, line));
            let length = format!("{length} bytes,");
            prop_assert!(line == "none" || line.starts_with(&length));
        }
    }
}

#[test]
fn a_file_of_unknown_size_is_read_to_its_end() {
    // More than a pipe holds.
    let text = b"one two three\n".repeat(50_000);
    let expected = analysed(&text);
    let folder = folder(&text);
    let open = || File::open(folder.path().join("text")).unwrap();

    assert_eq!(printed(program().arg("-").stdin(open())), expected);
    for argument in ["-", "/dev/stdin"] {
        let mut cat = Running::start(command("cat").stdin(open()));
        let pipe = cat.0.stdout.take().unwrap();
        assert_eq!(printed(program().arg(argument).stdin(pipe)), expected);
    }
    // A file that is partly read has less to give than its size says.
    let mut rest = open();
    rest.read_exact(&mut vec![0; text.len() - 14]).unwrap();
    let last_line = analysed(b"one two three\n");
    assert_eq!(printed(program().arg("-").stdin(rest)), last_line);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_in_proc_says_that_it_is_empty_and_is_not() {
    let printed = printed(program().arg("/proc/self/status"));
    assert_ne!(values(&printed)[0], "0");
}

/// The program with room for `kib` KiB of data, on a file of `size` that takes no room on disk.
#[cfg(target_os = "linux")]
fn limited_program(kib: u32, folder: &TempDir, size: u64) -> Command {
    let file = File::create(folder.path().join("large")).unwrap();
    file.set_len(size).unwrap();
    let mut sh = command("sh");
    sh.args(["-c", &format!("ulimit -d {kib}; exec \"$0\" large")])
        .arg(program().get_program())
        .current_dir(folder.path());
    sh
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_is_in_memory_once() {
    let folder = folder(b"");
    // Room for one copy and some stacks, but not for two copies.
    let printed = printed(&mut limited_program(160_000, &folder, 100 << 20));
    let expected = [
        "0",
        "1",
        "1",
        "0.000 bits per byte",
        "104857600 bytes, line 1",
    ];
    assert_eq!(values(&printed), expected);
}

#[test]
#[cfg(target_os = "linux")]
fn a_file_larger_than_the_memory_is_a_clear_error() {
    let folder = folder(b"");
    let said = complaint(&mut limited_program(160_000, &folder, 1 << 40));
    assert_eq!(said, "complex-data: \"large\": out of memory\n");
}

#[test]
fn all_threads_read_the_same_memory() {
    let output = run(program().env("RUST_LOG", "debug"));
    let log = stderr(&output);
    let lines: Vec<&str> = log
        .lines()
        .filter(|line| line.contains(" bytes at 0x"))
        .collect();
    assert_eq!(lines.len(), 5, "{log}");
    let threads: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    assert!(
        threads
            .iter()
            .eq(&["worker-0", "worker-1", "worker-2", "worker-3", "worker-4"])
    );
    let places: BTreeSet<_> = lines
        .iter()
        .filter_map(|line| line.split(" of ").nth(1))
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
}

/// What the program says when it fails, and must print nothing.
fn complaint(command: &mut Command) -> String {
    let output = run(command);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(output.status.code(), Some(1));
    stderr(&output)
}

#[test]
fn what_cannot_be_read_is_one_line_on_stderr() {
    let folder = folder(b"");
    for (path, expected) in [
        (
            "not\nthere",
            r#"complex-data: "not\nthere": No such file or directory (os error 2)"#,
        ),
        (
            "",
            r#"complex-data: "": No such file or directory (os error 2)"#,
        ),
        (".", r#"complex-data: ".": Is a directory (os error 21)"#),
    ] {
        let said = complaint(program().arg(path).current_dir(folder.path()));
        assert_eq!(said, format!("{expected}\n"));
    }
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (
            ["--frobnicate", "text"],
            "unexpected argument '--frobnicate'",
        ),
        (["one", "two"], "unexpected argument 'two'"),
    ] {
        let output = run(program().args(arguments));
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    assert!(printed(program().arg("--help")).starts_with("Analyses a text"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let mut program = Running::start(program().arg("-").stdin(Stdio::piped()));
    // It prints nothing before its input ends, and then to nobody.
    drop(program.0.stdout.take());
    let mut stdin = program.0.stdin.take().unwrap();
    stdin.write_all(b"text").unwrap();
    drop(stdin);
    let output = program.end();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = program();
    let output = run(command.stdout(full()));
    assert_eq!(
        stderr(&output),
        "complex-data: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let output = run(command.env("RUST_LOG", "debug").stderr(full()));
    assert_eq!(output.status.code(), Some(1));
}
