//! The program from end to end.
#![cfg(unix)]

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{ChildStderr, Command, Stdio};
use std::thread;
use std::time::Duration;

use crossbeam_channel::after;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use testkit::program::{Habits, Running, command, run};
use testkit::within;

const PROGRAM: &str = env!("CARGO_BIN_EXE_select-shutdown");

/// The program at work.
struct Station {
    running: Running,
    log: BufReader<ChildStderr>,
}

impl Station {
    /// Starts it; it is past this when it listens for signals.
    fn start(seconds: &str, stdout: impl Into<Stdio>, level: &str) -> Self {
        Self::started(command(PROGRAM).args(["--for", seconds]), stdout, level)
    }

    fn started(command: &mut Command, stdout: impl Into<Stdio>, level: &str) -> Self {
        command.env("RUST_LOG", level);
        let mut running = Running::start(command.stdout(stdout));
        let log = running.0.stderr.take().expect("it is piped");
        let log = BufReader::new(log);
        Self { running, log }.wait_for("3 sensors are read")
    }

    /// Reads the log until a line with `text` in it: the program has come that far.
    fn wait_for(mut self, text: &'static str) -> Self {
        within(move || {
            let mut line = String::new();
            while !line.contains(text) {
                line.clear();
                let read = self.log.read_line(&mut line).expect("it is readable");
                assert_ne!(read, 0, "no {text:?} in the log");
            }
            self
        })
    }

    /// Sends `signal`, so many times at once.
    fn send(&self, signal: i32, times: usize) {
        let mut kill = Command::new("kill");
        kill.arg(format!("-{signal}"));
        kill.args(vec![self.running.0.id().to_string(); times]);
        assert!(kill.status().expect("kill runs").success());
    }

    /// What it prints, and its exit code.
    fn end(self) -> (String, Option<i32>) {
        let output = self.running.end();
        let stdout = String::from_utf8(output.stdout).expect("it prints text");
        (stdout, output.status.code())
    }
}

/// What it prints for `counts` readings of the sensors.
fn expected(counts: [u64; 3]) -> String {
    let mut text = String::new();
    let sensors = [("indoor", 7, 30), ("outdoor", 5, 45), ("boiler", 11, 90)];
    for ((name, step, top), count) in sensors.into_iter().zip(counts) {
        let values: Vec<u64> = (0..count).map(|n| n * step % top).collect();
        write!(text, "{name}: {count} readings").expect("a string has room");
        if let (Some(least), Some(greatest)) = (values.iter().min(), values.iter().max()) {
            let mean = values.iter().sum::<u64>() / count;
            write!(text, ", {least} to {greatest}, mean {mean}").expect("a string has room");
        }
        text += "\n";
    }
    let total: u64 = counts.iter().sum();
    text + &format!("accepted {total}, processed {total}, lost 0\n")
}

/// Nothing is lost: the lines of `text` are what so many readings make.
#[track_caller]
fn assert_whole(text: &str) {
    let counts = text
        .lines()
        .map(|line| line.split(' ').nth(1)?.parse().ok());
    let counts: Vec<u64> = counts.take(3).map_while(|count| count).collect();
    let counts = counts.try_into().expect("there are three sensors");
    assert_eq!(text, expected(counts));
}

#[test]
fn it_has_the_habits_of_a_tool() {
    let habits = Habits {
        program: PROGRAM,
        about: "Reads three sensors",
        prints: &["--for", "0"],
        refuses: &[
            (&["--for", "-1"], "not a length of time"),
            (&["--for", "-1e-9"], "not a length of time"),
            (&["--for", "nan"], "not a length of time"),
            (&["--for", "inf"], "not a length of time"),
            (&["--for", "1e40"], "not a length of time"),
            (&["--for", "soon"], "not a number"),
            (&["--for", ""], "not a number"),
            (&["--for"], "a value is required"),
            (&["--four", "1"], "unexpected argument"),
            (&["1"], "unexpected argument"),
        ],
    };
    habits.check();
}

#[test]
fn it_ends_alone_and_has_lost_nothing() {
    for seconds in ["5e-2", "0", "-0"] {
        let output = run(command(PROGRAM).args(["--for", seconds]));
        assert_whole(&String::from_utf8_lossy(&output.stdout));
        assert_eq!(output.stderr, b"");
        assert_eq!(output.status.code(), Some(0));
    }
}

/// What it prints without arguments: the summary, and the drawing.
#[track_caller]
fn assert_drawn(text: &str) {
    let end_of_summary = text.match_indices('\n').nth(3).expect("four lines").0 + 1;
    let (summary, drawing) = text.split_at(end_of_summary);
    assert_whole(summary);
    for part in [
        "\nmain     ....",
        "[stop",
        "[summ",
        "\nworker   ",
        "\nindoor   ",
    ] {
        assert!(drawing.contains(part), "no {part:?} in\n{drawing}");
    }
}

#[test]
fn without_arguments_one_sees_the_stop_the_drain_and_the_end() {
    assert_drawn(&String::from_utf8_lossy(&run(&mut command(PROGRAM)).stdout));
}

#[test]
fn a_signal_while_one_looks_ends_it_in_order() {
    // While it reads, and while it drains.
    for moment in ["worker indoor: 7", "main the time is up"] {
        let station = Station::started(&mut command(PROGRAM), Stdio::piped(), "debug");
        let station = station.wait_for(moment);
        station.send(SIGINT, 1);
        let (text, code) = station.wait_for("main drained").end();
        assert_drawn(&text);
        assert_eq!(code, Some(0));
    }
}

#[test]
#[cfg(target_os = "linux")] // Only there a program can tell.
fn under_nohup_it_goes_on_when_the_terminal_is_closed() {
    let mut nohup = command("sh");
    nohup.args(["-c", r#"trap '' HUP; exec "$0" --for 3600"#, PROGRAM]);
    let station = Station::started(&mut nohup, Stdio::piped(), "info");
    station.send(SIGHUP, 1);
    station.send(SIGTERM, 1);
    // That is what it hears: SIGTERM.
    assert_whole(&station.wait_for("signal 15").end().0);
}

/// One, or two as from `timeout`, which signals a process and its group.
#[test]
fn signals_at_any_moment_lose_nothing() {
    thread::scope(|scope| {
        for part in 0..20 {
            scope.spawn(move || {
                for round in 0..5 {
                    let station = Station::start("3600", Stdio::piped(), "info");
                    // Any moment is right; these are spread over the rhythm of the sensors, which
                    // is one of 30 ms.
                    let moment = Duration::from_micros((part * 5 + round as u64) * 7_919 % 30_000);
                    after(moment).recv().expect("it comes");
                    let signal = [SIGINT, SIGTERM, SIGHUP][round % 3];
                    station.send(signal, 1 + round / 2);
                    let (stdout, code) = station.end();
                    assert_whole(&stdout);
                    assert_eq!(code, Some(0));
                }
            });
        }
    });
}

/// A place to print to that has no room, does not block, and is not read yet: reader and writer.
fn full() -> (UnixStream, OwnedFd) {
    let (reader, writer) = UnixStream::pair().expect("there is a socket left");
    writer.set_nonblocking(true).expect("it can be set");
    while (&writer).write(b".").is_ok() {}
    (reader, writer.into())
}

#[test]
fn a_second_signal_ends_it_at_once() {
    for (seconds, first, second) in [
        ("3600", SIGINT, SIGINT),
        ("3600", SIGINT, SIGTERM),
        ("3600", SIGTERM, SIGHUP),
        ("0", SIGHUP, SIGINT),
    ] {
        let (_reader, writer) = full();
        let station = Station::start(seconds, writer, "info");
        station.send(first, 1);
        // It cannot print, and would wait forever.
        let mut station = station.wait_for("drained");
        let station = within(move || {
            // Until the grace is over, a second one is the same wish.
            while station
                .running
                .0
                .try_wait()
                .expect("it is a child")
                .is_none()
            {
                station.send(second, 1);
            }
            station
        });
        assert_eq!(station.end().1, Some(128 + second));
    }
}

#[test]
fn a_reader_that_comes_late_loses_nothing() {
    let (reader, writer) = full();
    let station = Station::start("3600", writer, "info");
    station.send(SIGTERM, 1);
    let station = station.wait_for("drained");
    let text = within(|| io::read_to_string(reader).expect("it is text"));
    assert_whole(text.trim_start_matches('.'));
    assert_eq!(station.end().1, Some(0));
}

#[test]
fn the_log_says_who_did_what() {
    let station = Station::start("3600", Stdio::piped(), "debug").wait_for("worker indoor: 7");
    station.send(SIGINT, 1);
    let station = station.wait_for("main signal 2: draining"); // 2 is SIGINT, everywhere.
    assert_whole(&station.wait_for("main drained").end().0);
}
