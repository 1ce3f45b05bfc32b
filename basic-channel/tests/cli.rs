//! The program from end to end.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::process::{Command, Output};

use proptest::prelude::*;
use testkit::program::{Running, command, run};
use testkit::within;

/// The program, quiet but for its complaints.
fn program() -> Command {
    command(env!("CARGO_BIN_EXE_basic-channel"))
}

/// The first line of `stream`, which nobody reads after that.
fn first_line(stream: impl Read + Send + 'static) -> String {
    within(|| {
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line
    })
}

/// What the program prints; it must succeed and have nothing to say.
fn printed<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Vec<u8> {
    let output = run(program().args(arguments));
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
    output.stdout
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// More than a pipe takes, so that whoever prints them waits for the reader.
fn many_words() -> impl Iterator<Item = String> {
    (0..5_000).map(|n| format!("{n:.>100}"))
}

#[test]
fn without_arguments_it_sends_three_words() {
    assert_eq!(printed([""; 0]), b"thread\nmessage\npassing\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn words_are_printed_in_order_one_a_line(
        // No zero bytes: a command line cannot hold them.
        words in prop::collection::vec(prop::collection::vec(1_u8.., 0..9), 1..30),
        capacity in prop::option::of(0_u16..5),
    ) {
        let mut arguments: Vec<OsString> =
            capacity.map(|n| format!("--capacity={n}").into()).into_iter().collect();
        arguments.push("--".into());
        arguments.extend(words.iter().cloned().map(OsString::from_vec));
        let lines: Vec<u8> = words.into_iter().flat_map(|word| [word, b"\n".to_vec()].concat()).collect();
        prop_assert_eq!(printed(arguments), lines);
    }
}

#[test]
fn odd_words_are_words() {
    let not_utf8 = OsStr::from_bytes(b"caf\xe9 \xff");
    let words = ["", " two words ", "\u{43f}\u{43e}\u{442}\u{43e}\u{43a}"].map(OsStr::new);
    let words = words.into_iter().chain([not_utf8]);
    assert_eq!(
        printed(words),
        "\n two words \n\u{43f}\u{43e}\u{442}\u{43e}\u{43a}\n"
            .bytes()
            .chain(*b"caf\xe9 \xff\n")
            .collect::<Vec<_>>()
    );
    assert_eq!(printed(["a", "--", "--capacity"]), b"a\n--capacity\n");
}

#[test]
fn a_word_is_printed_as_it_arrives() {
    let words: Vec<String> = (0..100).map(|n| format!("word-{n}")).collect();
    // The log and the words in one stream, in the order in which they were written.
    let mut shell = command("sh");
    shell
        .env("RUST_LOG", "debug")
        .args(["-c", r#"exec "$0" --capacity=0 "$@" 2>&1"#])
        .arg(program().get_program())
        .args(&words);
    let output = run(&mut shell);
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let place = |end: &str| lines.lines().position(|line| line.ends_with(end)).unwrap();
    for three in words.windows(3) {
        // The third comes after the second was asked for, and that after the first was printed.
        let sending_third = format!("sending {:?}", three[2]);
        assert!(place(&three[0]) < place(&sending_third), "{lines}");
    }
}

#[test]
fn the_producer_says_when_it_waits() {
    for capacity in ["0", "1", "7"] {
        let mut command = program();
        command.args(["--capacity", capacity]).args(many_words());
        let mut program = Running::start(command.env("RUST_LOG", "info"));
        // Nobody reads what it prints, so that it cannot go on, and the queue fills up. Its output
        // is read only when there is a line in the log.
        let line = first_line(program.0.stderr.take().unwrap());
        assert!(line.contains("INFO producer no room for \"...."), "{line}");
        assert!(line.ends_with("\": waiting\n"), "{line}");
        let output = program.end();
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        assert!(lines.lines().eq(many_words()), "a word is missing");
    }
}

#[test]
fn with_room_for_all_the_producer_never_waits() {
    let output = run(program().env("RUST_LOG", "info").args(many_words()));
    assert_eq!(stderr(&output), "");
    assert!(output.status.success());
}

#[test]
fn the_log_says_who_did_what() {
    let output = run(program().env("RUST_LOG", "debug").args(["one", "two"]));
    let log = stderr(&output);
    let place = |line: &str| {
        log.find(line)
            .unwrap_or_else(|| panic!("no {line:?} in {log}"))
    };
    for who_did_what in ["producer sending", "main received"] {
        let of_word = |word| place(&format!("{who_did_what} {word:?}"));
        assert!(of_word("one") < of_word("two"));
    }
    assert_eq!(output.stdout, b"one\ntwo\n");
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (["--capacity", "-1"], "-1"),
        (["--capacity", "many"], "invalid digit"),
        (["--capacity", "65536"], "65536 is not in 0..=65535"),
        (["--capactiy", "2"], "unexpected argument"),
        (["one", "--capacity"], "a value is required"),
    ] {
        let output = run(program().args(arguments));
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
        assert_eq!(output.stdout, b"");
    }
    assert!(printed(["--help"]).starts_with(b"Sends words from a producer thread"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    for capacity in [&["--capacity=0"][..], &["--capacity=3"], &[]] {
        let mut program = Running::start(program().args(capacity).args(many_words()));
        let line = first_line(program.0.stdout.take().unwrap());
        let output = program.end();
        assert_eq!(
            (
                line.trim_end(),
                stderr(&output).as_str(),
                output.status.code()
            ),
            (many_words().next().unwrap().as_str(), "", Some(0))
        );
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    use std::fs::File;

    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut command = program();
    let output = run(command.arg("word").stdout(full()));
    assert_eq!(
        stderr(&output),
        "basic-channel: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    // With nowhere to say so, the exit code is left.
    let output = run(command.env("RUST_LOG", "debug").stderr(full()));
    assert_eq!(output.status.code(), Some(1));
}
