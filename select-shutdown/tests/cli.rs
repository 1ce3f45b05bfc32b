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
use std::process::{ChildStderr, Command, Output};
use std::thread;
use std::time::Duration;

use crossbeam_channel::after;
use signal_hook::consts::{SIGINT, SIGTERM};
use testkit::program::{Running, command, run};
use testkit::within;

/// The program, quiet but for its complaints.
fn program(arguments: &[&str]) -> Command {
    let mut command = command(env!("CARGO_BIN_EXE_select-shutdown"));
    command.args(arguments);
    command
}

type Log = BufReader<ChildStderr>;

fn start(command: &mut Command) -> (Running, Log) {
    let mut child = Running::start(command);
    let log = BufReader::new(child.0.stderr.take().unwrap());
    (child, log)
}

/// The program at work, listening for signals.
fn at_work(command: &mut Command) -> (Running, Log) {
    let (child, log) = start(command.env("RUST_LOG", "info"));
    (child, wait_for(log, "sensors are read"))
}

/// Sends `signal`, as the shell's `kill` does.
fn send(child: &Running, signal: i32) {
    let status = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(child.0.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

/// What it prints until it ends, and the rest of its log.
fn end(child: Running, log: Log) -> Output {
    let stderr = within(|| read(log));
    Output {
        stderr,
        ..child.end()
    }
}

fn read(mut pipe: impl Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    pipe.read_to_end(&mut bytes).unwrap();
    bytes
}

/// Reads the log until a line with `text` in it: the program has come that far.
fn wait_for(mut log: Log, text: &'static str) -> Log {
    within(move || {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let read = log.read_line(&mut line).unwrap();
            assert_ne!(read, 0, "no {text:?} in the log");
        }
        log
    })
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What the program prints for `counts` readings of the sensors.
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
                    let (child, log) = at_work(&mut program(&["--for", "3600"]));
                    // Any moment is right; these are spread over the rhythm of the sensors, which
                    // is one of 30 ms.
                    let moment = Duration::from_micros((part * 50 + round) * 7_919 % 30_000);
                    after(moment).recv().unwrap();
                    send(&child, signal);
                    let output = end(child, log);
                    readings(&stdout(&output));
                    assert_eq!(output.status.code(), Some(0));
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
        let (_reader, writer) = full();
        let (mut child, log) = at_work(program(&["--for", "3600"]).stdout(OwnedFd::from(writer)));
        send(&child, first);
        let log = wait_for(log, "drained");
        // It cannot print, and would wait for ever.
        assert_eq!(child.0.try_wait().unwrap(), None);
        send(&child, second);
        assert_eq!(end(child, log).status.code(), Some(128 + second));
    }
}

#[test]
fn a_signal_after_the_time_is_up_ends_it_at_once() {
    let (_reader, writer) = full();
    let (child, log) = at_work(program(&["--for", "0"]).stdout(OwnedFd::from(writer)));
    let log = wait_for(log, "drained");
    send(&child, SIGINT);
    assert_eq!(end(child, log).status.code(), Some(128 + SIGINT));
}

#[test]
fn a_reader_that_comes_late_loses_nothing() {
    let (reader, writer) = full();
    let (child, log) = at_work(program(&["--for", "3600"]).stdout(OwnedFd::from(writer)));
    send(&child, SIGTERM);
    let log = wait_for(log, "drained");
    let text = within(move || read(reader));
    readings(String::from_utf8_lossy(&text).trim_start_matches('.'));
    assert_eq!(end(child, log).status.code(), Some(0));
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
    let (child, log) = start(program(&["--for", "3600"]).env("RUST_LOG", "debug"));
    let log = wait_for(log, "main 3 sensors are read");
    let log = wait_for(log, "worker indoor: 7");
    send(&child, SIGINT);
    let log = wait_for(log, "signal 2: draining"); // 2 is SIGINT, everywhere.
    let log = wait_for(log, "main drained");
    assert!(readings(&stdout(&end(child, log))) >= 2);
}
