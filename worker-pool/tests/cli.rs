//! The program from end to end, beside `xargs` where that is installed.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use proptest::prelude::*;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tempfile::TempDir;
use testkit::program::{Habits, Running, command};
use testkit::{LIMIT, within};

const PROGRAM: &str = env!("CARGO_BIN_EXE_worker-pool");

/// Starts `command`, and gives its standard input to the test.
fn start(command: &mut Command) -> (Running, ChildStdin) {
    let mut child = Running::start(command.stdin(Stdio::piped()));
    let stdin = child.0.stdin.take().unwrap();
    (child, stdin)
}

/// What `command` prints for `input`, what it complains of, and its exit code.
fn end(command: &mut Command, input: &[u8]) -> (String, String, Option<i32>) {
    let (child, mut stdin) = start(command);
    let input = input.to_vec();
    // Fails when the program does not want it all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let Output {
        status,
        stdout,
        stderr,
    } = child.end();
    writer.join().unwrap();
    let [stdout, stderr] = [stdout, stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    (stdout, stderr, status.code())
}

fn run(arguments: &[&str], input: &[u8]) -> (String, String, Option<i32>) {
    end(command(PROGRAM).args(arguments), input)
}

/// What `xargs` makes of the same; nothing where it is not installed.
fn xargs(input: &[u8], arguments: &[&str]) -> Option<(String, String, Option<i32>)> {
    Command::new("xargs").arg("--version").output().ok()?;
    let mut xargs = command("xargs");
    xargs.args(["-n", "1", "-d", "\n"]).args(arguments);
    Some(end(&mut xargs, input))
}

fn numbered(lines: usize) -> String {
    (1..=lines)
        .flat_map(|n| [n.to_string(), "\n".into()])
        .collect()
}

/// The program, started by a shell that has run `first`.
fn after(first: &str, arguments: &[&str]) -> Command {
    let mut shell = command("sh");
    let script = format!("{first}; exec \"$0\" \"$@\"");
    shell.args(["-c", &script, PROGRAM]).args(arguments);
    shell
}

#[test]
fn it_has_the_habits_of_a_tool() {
    let tool = Habits {
        program: PROGRAM,
        about: "Runs COMMAND once",
        prints: &[],
        refuses: &[
            (&["--workers", "0", "echo"], "0 is not in 1..=512"),
            (&["--queue", "-1", "echo"], "-1"),
            (&["--wrokers", "2", "echo"], "unexpected argument"),
            (&["-I", "", "echo"], "a value is required"),
            (&["--ordered"], "required arguments were not provided"),
        ],
    };
    tool.check();
}

#[test]
fn without_a_command_it_shows_its_pattern() {
    let (shown, said, code) = run(&[], b"");
    assert!(shown.starts_with("job 4: the job panicked: it was made to\n9 completed, 1 failed\n"));
    assert!(
        shown.contains("[4 pan") && shown.contains("job 10"),
        "{shown}"
    );
    assert_eq!((said.as_str(), code), ("", Some(0)));
}

#[test]
fn it_prints_what_the_commands_print() {
    let lines = "plain\n two  words \n\n-n\ncaf\u{e9}\nthe end";
    let printed = "1|plain\n1| two  words \n1|\n1|-n\n1|caf\u{e9}\n1|the end\n";
    for (arguments, input, printed) in [
        (&["echo"][..], "", ""),
        (&["--ordered", "printf", "%s|%s\n", "1"], lines, printed),
        // After the command, all is the command's.
        (&["echo", "--workers"], "0", "--workers 0\n"),
    ] {
        let expected = (printed.to_string(), String::new(), Some(0));
        assert_eq!(run(arguments, input.as_bytes()), expected);
    }
    // In the manner of `xargs`.
    for arguments in [
        &["-0", "echo", "<"][..],
        &["-I", "{}", "echo", "<{}>{}", "{"],
        &["-0", "-I{}", "printf", "%s|", "-{}-", "{}"],
        &["-I", "%", "echo", "no line"],
    ] {
        let input = b"a b\0c\n\0\0{}x\n -n \n\ny";
        let input = if arguments[0] == "-0" {
            &input[..]
        } else {
            &input[8..]
        };
        let (printed, ..) = run(&[&["--ordered"], arguments].concat(), input);
        if let Some((theirs, ..)) = xargs(input, arguments) {
            assert_eq!(printed, theirs, "{arguments:?}");
        }
    }
    // Byte for byte: `od` shows what is no text.
    let (bytes, ..) = run(&["sh", "-c", "printf %s $0 | od -An -tx1"], b"\xff\xe9");
    assert_eq!(bytes, " ff e9\n");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(15))]

    #[test]
    fn the_outputs_are_those_of_xargs(
        lines in prop::collection::vec("[ -~\t\u{e9}]{0,20}", 1..20),
        ordered in any::<bool>(),
        queue in 0..3_u16,
    ) {
        let (input, queue) = (lines.join("\n"), queue.to_string());
        let mut arguments = vec!["--workers", "3", "--queue", &queue];
        arguments.extend(ordered.then_some("--ordered"));
        arguments.extend(["printf", "<%s>\\n"]);
        let (printed, _, code) = run(&arguments, input.as_bytes());
        prop_assert_eq!(code, Some(0));
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort_unstable();
            lines
        };
        if ordered {
            let lines = input.split_terminator('\n').map(|line| format!("<{line}>"));
            prop_assert!(lines.eq(printed.lines()));
        }
        if let (Some((theirs, ..)), false) = (xargs(input.as_bytes(), &["printf", "<%s>\\n"]), input.is_empty()) {
            prop_assert_eq!(sorted(&printed), sorted(&theirs));
        }
    }
}

#[test]
fn the_output_of_a_command_comes_whole() {
    // Each prints its letter many times, in many writes; 300 kB is more than a pipe holds.
    let script =
        "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 30000 /dev/zero | tr '\\0' $0; done; echo";
    let (printed, ..) = run(
        &["--workers", "3", "sh", "-c", script],
        b"a\nb\nc\nd\ne\nf\n",
    );
    let mut outputs: Vec<&str> = printed.lines().collect();
    outputs.sort_unstable();
    assert!(
        outputs
            .into_iter()
            .eq(["a", "b", "c", "d", "e", "f"].map(|letter| letter.repeat(300_000)))
    );
}

#[test]
fn ordered_keeps_the_order_of_the_lines() {
    let folder = TempDir::new().unwrap();
    // The first command ends when the third runs, and thus the second is done; or with the folder,
    // should the test fail.
    let wait = "while [ -d $PWD ] && [ ! -e seen ]; do :; done";
    let script = format!("case $0 in 1) {wait};; 3) : > seen;; esac; echo $0");
    let mut program = command(PROGRAM);
    program.args(["--workers", "2", "--ordered", "sh", "-c", &script]);
    let (printed, ..) = end(program.current_dir(folder.path()), b"1\n2\n3\n4\n");
    assert_eq!(printed, "1\n2\n3\n4\n");
}

#[test]
fn what_fails_harms_no_other() {
    let script = "echo out $0; echo err $0 >&2; case $0 in 2) exit 3;; 3) kill -9 $$;; esac";
    let (printed, said, code) = run(&["--ordered", "sh", "-c", script], b"1\n2\n3\n4\n");
    assert_eq!(printed, "out 1\nout 2\nout 3\nout 4\n");
    let expected = "err 1\nerr 2\nworker-pool: \"2\": exit status: 3\nerr 3\n\
                    worker-pool: \"3\": signal: 9 (SIGKILL)\nerr 4\n";
    assert_eq!((said.as_str(), code), (expected, Some(125)));
}

#[test]
fn the_exit_codes_are_those_of_xargs() {
    for (script, code) in [
        ("exit 0", 0),
        ("exit 1", 123),
        ("exit 126", 123),
        ("kill -9 $$", 125),
        ("exit 255", 124),
    ] {
        let arguments = ["sh", "-c", script];
        let (_, said, ended) = run(&[&["--workers", "1"][..], &arguments].concat(), b"1\n2\n");
        assert_eq!(ended, Some(code), "{script}: {said}");
        // That one stops, as there.
        assert_eq!(said.contains("\"2\": not run"), code == 124, "{said}");
        if let Some((.., theirs)) = xargs(b"1\n2\n", &arguments) {
            assert_eq!(ended, theirs, "{script}");
        }
    }
    // Without an end of the input, too.
    let (child, mut stdin) = start(command(PROGRAM).args(["sh", "-c", "exit 255"]));
    stdin.write_all(b"1\n").unwrap();
    assert_eq!(child.end().status.code(), Some(124));
}

#[test]
fn what_the_system_refuses_for_a_moment_waits_for_it() {
    let folder = TempDir::new().unwrap();
    // What the first waits for comes from the last; until then, the outputs of all others wait.
    let wait = "while [ -d $PWD ] && [ ! -e seen ]; do sleep .01; done";
    let print = "head -c 1100000 /dev/zero";
    let script = format!("case $0 in 1) {wait};; 40) : > seen;; esac; {print}");
    let pool = ["--workers", "16", "--queue", "40", "--ordered"];
    let arguments = [&pool[..], &["sh", "-c", &script]].concat();
    let lines = numbered(40);
    let mut program = after("ulimit -n 24", &arguments);
    let (printed, said, code) = end(program.current_dir(folder.path()), lines.as_bytes());
    assert_eq!((said.as_str(), code), ("", Some(0)));
    assert_eq!(printed.len(), 40 * 1_100_000);
}

#[test]
fn a_process_that_is_left_behind_is_not_waited_for() {
    // One is quiet, the other prints until it cannot.
    let script = "sleep 30 & while echo y; do sleep .01; done >&2 & echo $0";
    let (printed, said, code) = run(&["--workers", "1", "sh", "-c", script], b"1\n2\n");
    assert_eq!((printed.as_str(), code), ("1\n2\n", Some(0)));
    assert!(said.lines().all(|line| "y".starts_with(line)));
}

#[test]
fn a_command_that_cannot_start_is_told_for_each_line() {
    for (command, input, code, reason) in [
        ("no-such-command", &b"1\n2\n"[..], 127, "No such file"),
        ("/", b"1\n2\n", 126, "Permission denied"),
        ("echo", b"\0\n\0\n", 126, "nul byte found"),
    ] {
        let (_, said, ended) = run(&[command], input);
        let complaint = format!("cannot run the command: {reason}");
        assert_eq!(said.matches(&complaint).count(), 2, "{said}");
        assert_eq!((said.lines().count(), ended), (2, Some(code)));
        if let Some((.., theirs)) = xargs(input, &[command]).filter(|_| command != "echo") {
            assert_eq!(theirs, Some(code));
        }
    }
}

#[test]
fn an_input_that_cannot_be_read_is_told_once() {
    let folder = File::open(TempDir::new().unwrap().path()).unwrap();
    let (_reader, writer) = io::pipe().unwrap();
    for (input, reason) in [
        (Stdio::from(folder), "Is a directory (os error 21)"),
        (writer.into(), "Bad file descriptor (os error 9)"),
    ] {
        let output = Running::start(command(PROGRAM).arg("echo").stdin(input)).end();
        let expected = format!("worker-pool: cannot read standard input: {reason}\n");
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected);
        assert_eq!(output.status.code(), Some(1));
    }
}

#[test]
fn a_line_that_is_too_long_costs_no_other() {
    let input = ["x".repeat(200_000), "short".into()].join("\n");
    let (printed, said, code) = run(&["echo"], input.as_bytes());
    let expected = "worker-pool: \"xxxxxxxxxxxxxxxxxxxx\"...: not run: longer than 131072 bytes\n";
    assert_eq!((printed.as_str(), said.as_str()), ("short\n", expected));
    assert_eq!(code, Some(1));
}

#[test]
fn streams_that_do_not_block_are_waited_for() {
    let pair = || {
        let (ours, theirs) = UnixStream::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        (ours, OwnedFd::from(theirs))
    };
    let ((mut input, stdin), (mut output, stdout), (mut errors, stderr)) = (pair(), pair(), pair());
    let mut program = command(PROGRAM);
    program.args(["sh", "-c", "head -c 1000000 /dev/zero | tee /dev/stderr"]);
    program.stdin(stdin).stdout(stdout).stderr(stderr);
    let child = Running::start(&mut program);
    drop(program); // It holds the other ends.
    within(move || {
        for _ in 0..2 {
            input.write_all(b"1\n").unwrap();
            for stream in [&mut errors, &mut output] {
                stream.read_exact(&mut vec![0; 1_000_000]).unwrap();
            }
        }
    });
    assert_eq!(child.end().status.code(), Some(0));
}

#[test]
fn a_reader_that_goes_away_ends_an_endless_input() {
    let (mut child, mut stdin) = start(command(PROGRAM).args(["echo", "a line"]));
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    let writer = thread::spawn(move || while stdin.write_all(b"again\n").is_ok() {});
    within(move || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "a line again\n");
    });
    let output = child.end();
    writer.join().unwrap();
    assert_eq!((output.stderr, output.status.code()), (Vec::new(), Some(0)));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_costs_no_more_than_it_must() {
    let full = || File::options().write(true).open("/dev/full").unwrap();
    let mut program = command(PROGRAM);
    program.args(["--ordered", "sh", "-c", "echo $0; echo told >&2"]);
    let (printed, _, code) = end(program.stderr(full()), b"1\n2\n3\n");
    assert_eq!((printed.as_str(), code), ("1\n2\n3\n", Some(1)));
    let (_, said, code) = end(program.stdout(full()).stderr(Stdio::piped()), b"1\n2\n3\n");
    let complaint = "worker-pool: cannot write to standard output: No space left";
    assert!(said.contains(complaint) && code == Some(1), "{said}");
    // Each line is told of, whether it ran or not.
    for line in ["\"1\": the output is not whole", "\"2\": ", "\"3\": "] {
        assert_eq!(said.matches(line).count(), 1, "{said}");
    }
}

/// Sends `signal` to the program, as the shell's `kill` does.
fn send(child: &Running, signal: i32) {
    let (signal, id) = (format!("-{signal}"), child.0.id().to_string());
    let status = Command::new("kill").args([signal, id]).status();
    assert!(status.unwrap().success());
}

/// The program at work on 400 lines and one whose end has not come, and its standard input, still open.
/// Two commands run until they read a line from the pipe that comes along, or it is closed.
fn at_work(folder: &TempDir) -> (Running, ChildStdin, File) {
    let pipes = ["begun", "go"].map(|name| folder.path().join(name));
    let made = Command::new("mkfifo").args(&pipes).status();
    assert!(made.unwrap().success());
    // Open for both, so that no end waits for the other to be opened.
    let [begun, go] = pipes.map(|pipe| File::options().read(true).write(true).open(pipe).unwrap());
    // Neither waits for a test that is over: `go` is opened before `begun` tells, `begun` for both.
    let script = "exec 3< go; echo $0 1<> begun; read line <&3; echo $0";
    let mut program = command(PROGRAM);
    program.args([
        "--workers",
        "2",
        "--queue",
        "2",
        "--ordered",
        "sh",
        "-c",
        script,
    ]);
    program.env("RUST_LOG", "info").current_dir(folder.path());
    let (child, mut stdin) = start(&mut program);
    let lines = numbered(400);
    stdin.write_all((lines + "cut").as_bytes()).unwrap();
    within(|| assert_eq!(BufReader::new(begun).lines().take(2).count(), 2));
    (child, stdin, go)
}

#[test]
fn a_signal_lets_the_running_commands_end_and_names_the_others() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143), (SIGHUP, 129)] {
        let folder = TempDir::new().unwrap();
        let (mut child, stdin, mut go) = at_work(&folder);
        let stderr = BufReader::new(child.0.stderr.take().unwrap());
        let mut said = stderr.lines().map_while(Result::ok);
        send(&child, signal);
        let mut complaints: Vec<String> = within(move || {
            // The commands may end once it has heard of the signal.
            said.find(|line| line.contains("no more lines")).unwrap();
            go.write_all(b"go\ngo\n").unwrap();
            said.filter(|line| line.starts_with("worker-pool"))
                .collect()
        });
        let output = child.end();
        drop(stdin); // Was still open when the program ended.
        assert_eq!(
            (output.stdout, output.status.code()),
            (b"1\n2\n".into(), Some(code))
        );
        complaints.retain(|line| line != "worker-pool: \"cut\"...: not run: its end has not come");
        let expected = (3..=400).map(|line| format!("worker-pool: \"{line}\": not run"));
        assert!(expected.eq(complaints), "signal {signal}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_is_ignored_from_the_start_does_no_harm() {
    let mut program = command("env");
    program.args(["--ignore-signal=HUP,CHLD", PROGRAM, "--workers", "1"]); // HUP, as `nohup` does.
    program.args(["sh", "-c", "kill -HUP $PPID; echo $0"]);
    let expected = ("1\n2\n".to_string(), String::new(), Some(0));
    assert_eq!(end(&mut program, b"1\n2\n"), expected);
}

#[test]
fn a_second_signal_ends_at_once() {
    let folder = TempDir::new().unwrap();
    let (mut child, _stdin, _go) = at_work(&folder);
    let limit = Instant::now() + LIMIT;
    // The commands go on, since they do not get these signals: only the second ends the program.
    let status = loop {
        if let Some(status) = child.0.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < limit, "it hangs");
        send(&child, SIGINT);
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_output() {
    // The second command sees how much memory the program has had while the first printed.
    let script =
        "case $0 in 1) head -c 300000000 /dev/zero;; 2) grep VmHWM /proc/$PPID/status >&2;; esac";
    let (mut child, mut stdin) =
        start(command(PROGRAM).args(["--workers", "1", "sh", "-c", script]));
    stdin.write_all(b"1\n2\n").unwrap();
    drop(stdin);
    let mut stdout = child.0.stdout.take().unwrap();
    let length = within(move || io::copy(&mut stdout, &mut io::sink()));
    assert_eq!(length.unwrap(), 300_000_000);
    let said = String::from_utf8(child.end().stderr).unwrap();
    let peak: u64 = said
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    assert!(peak < 50_000, "{peak} KiB");
}

#[test]
fn the_log_says_who_did_what() {
    let (_, said, _) = end(
        command(PROGRAM).arg("echo").env("RUST_LOG", "debug"),
        b"1\n",
    );
    assert!(
        said.contains("DEBUG worker-") && said.contains(r#"running "echo" "1""#),
        "{said}"
    );
}
