//! The program from end to end.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ChildStderr, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use common::within;
use crossbeam_channel::after;
use signal_hook::consts::{SIGINT, SIGTERM};
use support::LIMIT;

mod support;

/// The program, quiet but for its complaints.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_select-shutdown"));
    command.env("RUST_LOG", "off").args(arguments);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(command: &mut Command) -> Output {
    let child = command.spawn().unwrap();
    within(LIMIT, move || child.wait_with_output().unwrap())
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Sends `signal` to the program, as the shell's `kill` does.
fn send(child: &Child, signal: i32) {
    let status = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(child.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

/// Reads the log until a line with `text` in it: the program has come that far.
fn wait_for(log: &mut BufReader<ChildStderr>, text: &str) {
    let mut line = String::new();
    while !line.contains(text) {
        line.clear();
        assert_ne!(
            log.read_line(&mut line).unwrap(),
            0,
            "no {text:?} in the log"
        );
    }
}

/// The program at work for an hour, or for as long as `arguments` say, listening for signals.
fn at_work(command: &mut Command) -> (Child, BufReader<ChildStderr>) {
    let mut child = command.env("RUST_LOG", "info").spawn().unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let log = within(LIMIT, move || {
        wait_for(&mut log, "sensors are read");
        log
    });
    (child, log)
}

/// What the program prints for so many readings of each sensor.
fn expected(counts: [u64; 3]) -> String {
    let mut text = String::new();
    for ((name, step, top), count) in [("indoor", 7, 30), ("outdoor", 5, 45), ("boiler", 11, 90)]
        .iter()
        .zip(counts)
    {
        let values: Vec<u64> = (0..count).map(|n| n * step % top).collect();
        write!(text, "{name}: {count} readings").unwrap();
        if let (Some(least), Some(greatest)) = (values.iter().min(), values.iter().max()) {
            let mean = values.iter().sum::<u64>() / count;
            write!(text, ", {least} to {greatest}, mean {mean}").unwrap();
        }
        text += "\n";
    }
    let total: u64 = counts.iter().sum();
    text + &format!("accepted {total}, processed {total}, lost 0\n")
}

/// The number of readings of all sensors; the lines must be what those readings make.
#[track_caller]
fn readings(text: &str) -> u64 {
    let counts: Vec<u64> = text
        .lines()
        .filter_map(|line| line.split(' ').nth(1)?.parse().ok())
        .collect();
    let counts = counts
        .try_into()
        .unwrap_or_else(|_| panic!("three sensors in {text:?}"));
    assert_eq!(text, expected(counts));
    counts.iter().sum()
}

#[test]
fn without_arguments_it_ends_and_has_lost_nothing() {
    let output = run(&mut program(&[]));
    readings(&stdout(&output));
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
fn the_time_may_be_a_fraction_or_nothing() {
    for seconds in ["0.05", "5e-2", "0", "-0"] {
        let output = run(&mut program(&["--for", seconds]));
        readings(&stdout(&output));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn signals_at_any_moment_lose_nothing() {
    thread::scope(|scope| {
        for (part, signal) in [(0, SIGINT), (1, SIGTERM), (2, SIGINT), (3, SIGTERM)] {
            scope.spawn(move || {
                for round in 0..50 {
                    let (mut child, mut log) = at_work(&mut program(&["--for", "3600"]));
                    // Any moment is right; these are spread over the rhythm of the sensors, which
                    // is one of 30 ms.
                    let moment = Duration::from_micros((part * 50 + round) * 7_919 % 30_000);
                    after(moment).recv().unwrap();
                    send(&child, signal);
                    let (text, status) = within(LIMIT, move || {
                        let mut text = String::new();
                        child
                            .stdout
                            .take()
                            .unwrap()
                            .read_to_string(&mut text)
                            .unwrap();
                        log.read_to_end(&mut Vec::new()).unwrap();
                        (text, child.wait().unwrap())
                    });
                    readings(&text);
                    assert_eq!(status.code(), Some(0));
                }
            });
        }
    });
}

/// A place to print to that has no room, and that nobody reads yet: reader and writer.
fn full() -> (UnixStream, UnixStream) {
    let (reader, mut writer) = UnixStream::pair().unwrap();
    writer.set_nonblocking(true).unwrap();
    let mut chunk = &[b'.'; 4_096][..];
    while !chunk.is_empty() {
        match writer.write(chunk) {
            Ok(_) => {}
            // A smaller one may still find room.
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                chunk = &chunk[..chunk.len() / 2];
            }
            Err(error) => panic!("{error}"),
        }
    }
    writer.set_nonblocking(false).unwrap();
    (reader, writer)
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (first, second) in [
        (SIGINT, SIGINT),
        (SIGTERM, SIGTERM),
        (SIGINT, SIGTERM),
        (SIGTERM, SIGINT),
    ] {
        let (reader, writer) = full();
        let (mut child, mut log) =
            at_work(program(&["--for", "3600"]).stdout(OwnedFd::from(writer)));
        within(LIMIT, move || {
            send(&child, first);
            wait_for(&mut log, "drained");
            // It cannot print, and would wait for ever.
            assert_eq!(child.try_wait().unwrap(), None);
            send(&child, second);
            assert_eq!(child.wait().unwrap().code(), Some(128 + second));
            drop(reader);
        });
    }
}

#[test]
fn a_signal_after_the_time_is_up_ends_it_at_once() {
    let (reader, writer) = full();
    let (mut child, mut log) = at_work(program(&["--for", "0"]).stdout(OwnedFd::from(writer)));
    within(LIMIT, move || {
        wait_for(&mut log, "drained");
        send(&child, SIGINT);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        drop(reader);
    });
}

#[test]
fn a_reader_that_comes_late_loses_nothing() {
    let (mut reader, writer) = full();
    let (mut child, mut log) = at_work(program(&["--for", "3600"]).stdout(OwnedFd::from(writer)));
    within(LIMIT, move || {
        send(&child, SIGTERM);
        wait_for(&mut log, "drained");
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        readings(text.trim_start_matches('.'));
        assert_eq!(child.wait().unwrap().code(), Some(0));
    });
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (&["--for", "-1"][..], "not a length of time"),
        (&["--for", "-1e-9"], "not a length of time"),
        (&["--for", "nan"], "not a length of time"),
        (&["--for", "inf"], "not a length of time"),
        (&["--for", "-inf"], "not a length of time"),
        (&["--for", "1e40"], "not a length of time"),
        (&["--for", "soon"], "not a number"),
        (&["--for", ""], "not a number"),
        (&["--for"], "a value is required"),
        (&["--four", "1"], "unexpected argument"),
        (&["1"], "unexpected argument"),
    ] {
        let output = run(&mut program(arguments));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    assert!(stdout(&run(&mut program(&["--help"]))).starts_with("Reads three sensors"));
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (reader, writer) = UnixStream::pair().unwrap();
    reader.shutdown(Shutdown::Both).unwrap();
    drop(reader);
    let output = run(program(&["--for", "0"]).stdout(OwnedFd::from(writer)));
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = run(program(&["--for", "0"]).stdout(full));
    assert_eq!(
        stderr(&output),
        "select-shutdown: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_log_says_who_did_what() {
    let mut child = program(&["--for", "3600"])
        .env("RUST_LOG", "debug")
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    within(LIMIT, move || {
        wait_for(&mut log, "main 3 sensors are read");
        wait_for(&mut log, "worker indoor: 7");
        send(&child, SIGINT);
        wait_for(&mut log, &format!("signal {SIGINT}: draining"));
        wait_for(&mut log, "main drained");
        let output = child.wait_with_output().unwrap();
        assert!(readings(&stdout(&output)) >= 2);
    });
}
