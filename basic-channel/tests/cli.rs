//! The program from end to end.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader};
use std::os::unix::ffi::OsStringExt;
use std::process::Command;

use proptest::prelude::*;
use testkit::program::{Habits, Running, command, run};
use testkit::within;

const PROGRAM: &str = env!("CARGO_BIN_EXE_basic-channel");

/// The program, which logs at `level`.
fn program(level: &str, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> Command {
    let mut command = command(PROGRAM);
    command.env("RUST_LOG", level).args(arguments);
    command
}

/// What it prints and what it logs; it must succeed.
fn printed(level: &str, arguments: impl IntoIterator<Item: AsRef<OsStr>>) -> (Vec<u8>, String) {
    let output = run(&mut program(level, arguments));
    assert!(output.status.success());
    let log = String::from_utf8(output.stderr).expect("the log is text");
    (output.stdout, log)
}

/// More than a pipe takes, so that whoever prints them waits for the reader.
fn many_words() -> impl Iterator<Item = String> {
    (0..5_000).map(|n| format!("{n:.>100}"))
}

#[test]
fn it_has_the_habits_of_a_tool() {
    Habits {
        program: PROGRAM,
        about: "Sends words from a producer thread",
        prints: &["--capacity=0", "one", "two", "three"],
        refuses: &[
            (&["--capacity", "-1"], "-1"),
            (&["--capacity", "many"], "invalid digit"),
            (&["--capacity", "65536"], "65536 is not in 0..=65535"),
            (&["--capactiy", "2"], "unexpected argument"),
            (&["one", "--capacity"], "a value is required"),
        ],
    }
    .check();
}

/// The lane of `name` in a drawing.
fn lane<'a>(drawing: &'a str, name: &str) -> &'a str {
    let lane = drawing.lines().find_map(|line| line.strip_prefix(name));
    lane.unwrap_or_else(|| panic!("no lane of {name}:\n{drawing}"))
}

#[test]
fn without_words_one_sees_the_producer_wait() {
    let (drawn, log) = printed("off", [""; 0]);
    let drawn = String::from_utf8(drawn).unwrap();
    assert!(lane(&drawn, "producer").contains("..["), "{drawn}");
    assert!(!lane(&drawn, "main").contains('.'), "{drawn}");
    assert_eq!(log, "");
}

#[test]
fn a_real_run_is_drawn_beside_its_words() {
    let (words, drawn) = printed("off", ["--timeline", "one", "two"]);
    assert_eq!(words, b"one\ntwo\n");
    assert!(!lane(&drawn, "producer").trim().is_empty(), "{drawn}");
    assert!(!lane(&drawn, "main").trim().is_empty(), "{drawn}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_words_are_printed_in_order_one_a_line(
        // No zero bytes: a command line cannot hold them. But empty ones, and what is not UTF-8.
        words in prop::collection::vec(prop::collection::vec(1_u8.., 0..9), 1..30),
        capacity in prop::option::of(0_u16..5),
    ) {
        let option = capacity.map(|n| format!("--capacity={n}").into());
        let arguments: Vec<OsString> = option.into_iter().chain(["--".into()])
            .chain(words.iter().cloned().map(OsString::from_vec))
            .collect();
        let lines = words.iter().flat_map(|word| [word, &b"\n"[..]].concat());
        prop_assert_eq!(printed("off", arguments).0, lines.collect::<Vec<u8>>());
    }
}

#[test]
fn a_word_is_printed_as_it_arrives() {
    let words: Vec<String> = (0..100).map(|n| format!("word-{n}")).collect();
    // The log and the words in one stream, in the order in which they were written.
    let mut shell = command("sh");
    let script = r#"exec "$0" --capacity=0 "$@" 2>&1"#;
    shell.env("RUST_LOG", "debug").args(["-c", script, PROGRAM]);
    let output = run(shell.args(&words));
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let place = |end: &str| lines.lines().position(|line| line.ends_with(end)).unwrap();
    for three in words.windows(3) {
        // The third comes after the second was asked for, and that after the first was printed.
        let sending_third = format!("producer sending {:?}", three[2]);
        assert!(place(&three[0]) < place(&sending_third), "{lines}");
        assert!(place(&format!("main received {:?}", three[0])) < place(&three[0]));
    }
}

#[test]
fn the_producer_says_when_it_waits() {
    for capacity in ["--capacity=0", "--capacity=1", "--capacity=7"] {
        let arguments = [capacity.to_string()].into_iter().chain(many_words());
        let mut program = Running::start(&mut program("info", arguments));
        // Nobody reads what it prints, so that it cannot go on, and the queue fills up. Its output
        // is read only when there is a line in the log.
        let log = program.0.stderr.take().unwrap();
        let line = within(|| BufReader::new(log).lines().next().unwrap().unwrap());
        assert!(line.contains("INFO producer no room for \"...."), "{line}");
        assert!(line.ends_with("\": waiting"), "{line}");
        let output = program.end();
        assert!(output.status.success());
        let lines = String::from_utf8(output.stdout).unwrap();
        assert!(lines.lines().eq(many_words()), "a word is missing");
    }
}

#[test]
fn with_room_for_all_the_producer_never_waits() {
    assert_eq!(printed("info", many_words()).1, "");
}
