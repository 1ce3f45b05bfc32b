//! The program from end to end, beside `xargs` where that is installed.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::thread;
use std::time::Instant;

use proptest::prelude::*;
use signal_hook::consts::{SIGINT, SIGTERM};
use tempfile::TempDir;
use testkit::program::{Running, command};
use testkit::{LIMIT, within};

/// The program, quiet but for its complaints.
fn program(arguments: &[&str]) -> Command {
    let mut command = piped(env!("CARGO_BIN_EXE_worker-pool"));
    command.args(arguments);
    command
}

fn piped(program: &str) -> Command {
    let mut command = command(program);
    command.stdin(Stdio::piped());
    command
}

/// Starts `command`, and gives its standard input to the test.
fn start(command: &mut Command) -> (Running, ChildStdin) {
    let mut child = Running::start(command);
    let stdin = child.0.stdin.take().unwrap();
    (child, stdin)
}

/// Runs `command` with `input` on its standard input, to its end.
fn run(command: &mut Command, input: &[u8]) -> Output {
    let (child, mut stdin) = start(command);
    let input = input.to_vec();
    // Fails when the program does not want it all.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.end();
    writer.join().unwrap();
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn without_a_command_it_shows_jobs_and_a_panic() {
    let output = run(&mut program(&[]), b"");
    let expected = [
        "job 1: 500000500000",
        "job 2: 2000001000000",
        "job 3: 4500001500000",
        "job 4: the job panicked: there is no job 4",
        "job 5: 12500002500000",
        "job 6: 18000003000000",
        "5 completed, 1 failed, 0 abandoned",
    ];
    assert!(stdout(&output).lines().eq(expected), "{output:?}");
    assert!(output.status.success());
}

#[test]
fn each_line_is_the_last_argument_byte_for_byte() {
    let input = b"plain\n two  words \n\n-n\ncaf\xe9 \xff\nthe end";
    let output = run(
        &mut program(&["--ordered", "printf", "%s|%s\n", "first"]),
        input,
    );
    let expected =
        b"first|plain\nfirst| two  words \nfirst|\nfirst|-n\nfirst|caf\xe9 \xff\nfirst|the end\n";
    assert_eq!(output.stdout, expected);
    assert!(output.status.success());
}

#[test]
fn no_lines_are_no_commands() {
    let output = run(&mut program(&["echo"]), b"");
    assert_eq!(
        (stdout(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

/// What `xargs` prints for the same, or nothing where it is not installed.
fn xargs(input: &[u8], command: &[&str]) -> Option<Output> {
    Command::new("xargs").arg("--version").output().ok()?;
    let mut xargs = piped("xargs");
    xargs.args(["-P", "3", "-n", "1", "-d", "\n"]).args(command);
    Some(run(&mut xargs, input))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(15))]

    #[test]
    fn the_outputs_are_those_of_xargs(
        lines in prop::collection::vec("[ -~\t\u{e9}]{0,20}", 1..20),
        ordered in any::<bool>(),
        queue in 0..3_u16,
    ) {
        let input = lines.join("\n");
        let command = ["printf", "<%s>\\n"];
        let queue = queue.to_string();
        let mut arguments = vec!["--workers", "3", "--queue", &queue];
        arguments.extend(ordered.then_some("--ordered"));
        arguments.extend(command);
        let output = run(&mut program(&arguments), input.as_bytes());
        prop_assert!(output.status.success());
        let mut ours: Vec<String> = stdout(&output).lines().map(str::to_owned).collect();
        if ordered {
            let lines = input.split_terminator('\n').map(|line| format!("<{line}>"));
            prop_assert!(lines.eq(ours.iter().cloned()));
        }
        if let (Some(theirs), false) = (xargs(input.as_bytes(), &command), input.is_empty()) {
            let mut theirs: Vec<String> = stdout(&theirs).lines().map(str::to_owned).collect();
            ours.sort_unstable();
            theirs.sort_unstable();
            prop_assert_eq!(ours, theirs);
        }
    }
}

#[test]
fn the_output_of_a_command_comes_whole() {
    // Each prints its letter many times, in many writes; 300 kB is more than a pipe holds.
    let script =
        "for i in 1 2 3 4 5 6 7 8 9 10; do head -c 30000 /dev/zero | tr '\\0' $0; done; echo";
    let input = "a\nb\nc\nd\ne\nf\n";
    let output = run(
        &mut program(&["--workers", "3", "sh", "-c", script]),
        input.as_bytes(),
    );
    let mut letters = String::new();
    for line in stdout(&output).lines() {
        assert_eq!(line.len(), 300_000);
        assert!(
            line.bytes().all(|byte| byte == line.as_bytes()[0]),
            "outputs are mixed"
        );
        letters.push_str(&line[..1]);
    }
    let mut letters = letters.into_bytes();
    letters.sort_unstable();
    assert_eq!(letters, b"abcdef");
}

#[test]
fn ordered_keeps_the_order_of_the_lines() {
    let folder = TempDir::new().unwrap();
    // The first command ends when the third runs, and thus the second is done; or with the folder,
    // should the test fail.
    let wait = "while [ -d $PWD ] && [ ! -e seen ]; do :; done";
    let script = format!("case $0 in 1) {wait};; 3) : > seen;; esac; echo $0");
    let arguments = ["--workers", "2", "--ordered", "sh", "-c", &script];
    let output = run(
        program(&arguments).current_dir(folder.path()),
        b"1\n2\n3\n4\n",
    );
    assert_eq!(stdout(&output), "1\n2\n3\n4\n");
}

#[test]
fn what_fails_harms_no_other() {
    let script =
        "echo out $0; echo err $0 >&2; case $0 in 2) exit 3;; 3) kill -9 $$;; 4) exit 255;; esac";
    let output = run(
        &mut program(&["--ordered", "sh", "-c", script]),
        b"1\n2\n3\n4\n5\n",
    );
    assert_eq!(stdout(&output), "out 1\nout 2\nout 3\nout 4\nout 5\n");
    let said = stderr(&output);
    let complaints: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("worker-pool"))
        .collect();
    assert_eq!(
        complaints,
        [
            r#"worker-pool: "2": exit status: 3"#,
            r#"worker-pool: "3": signal: 9 (SIGKILL)"#,
            r#"worker-pool: "4": exit status: 255"#
        ]
    );
    assert_eq!(
        said.lines().filter(|line| line.starts_with("err ")).count(),
        5
    );
    assert_eq!(output.status.code(), Some(123));
}

#[test]
fn a_command_that_cannot_start_is_told_for_each_line() {
    for (command, code, reason) in [
        ("no-such-command", 127, "No such file"),
        ("/", 126, "Permission denied"),
    ] {
        let output = run(&mut program(&["--ordered", command]), b"1\n2\n");
        assert_eq!(output.status.code(), Some(code));
        let complaint = |line| format!("worker-pool: \"{line}\": cannot run the command: {reason}");
        for (said, line) in stderr(&output).lines().zip([1, 2]) {
            assert!(said.starts_with(&complaint(line)), "{said}");
        }
        assert_eq!(stderr(&output).lines().count(), 2);
        if let Some(theirs) = xargs(b"1\n2\n", &[command]) {
            assert_eq!(theirs.status.code(), Some(code));
        }
    }
}

#[test]
fn a_line_that_cannot_be_an_argument_harms_no_other() {
    let output = run(&mut program(&["--ordered", "echo"]), b"1\nnul \0 byte\n3\n");
    assert_eq!(stdout(&output), "1\n3\n");
    assert!(stderr(&output).starts_with(r#"worker-pool: "nul \0 byte": cannot run the command: "#));
    assert_eq!(output.status.code(), Some(126));
}

#[test]
fn an_input_that_cannot_be_read_is_told_once() {
    let folder = TempDir::new().unwrap();
    let mut command = program(&["echo"]);
    let child = command.stdin(File::open(folder.path()).unwrap()).spawn();
    let output = Running(child.unwrap()).end();
    assert_eq!(
        stderr(&output),
        "worker-pool: cannot read standard input: Is a directory (os error 21)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        (["--workers", "0", "echo"], "0 is not in 1..=512"),
        (["--queue", "-1", "echo"], "-1"),
        (["--wrokers", "2", "echo"], "unexpected argument"),
    ] {
        let output = run(&mut program(&arguments), b"");
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
    assert!(stdout(&run(&mut program(&["--help"]), b"")).starts_with("Runs COMMAND once"));
    // After the command, all is the command's.
    assert_eq!(
        stdout(&run(&mut program(&["echo", "--workers"]), b"0")),
        "--workers 0\n"
    );
}

#[test]
fn a_reader_that_goes_away_ends_it_quietly() {
    let (mut child, mut stdin) = start(&mut program(&["echo", "a line"]));
    let mut stdout = BufReader::new(child.0.stdout.take().unwrap());
    // Without an end, until nobody reads it.
    let writer = thread::spawn(move || while stdin.write_all(b"again\n").is_ok() {});
    within(move || {
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        assert_eq!(line, "a line again\n");
    });
    let output = child.end();
    writer.join().unwrap();
    assert_eq!(
        (stderr(&output).as_str(), output.status.code()),
        ("", Some(0))
    );
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_a_clear_error() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let output = run(program(&["echo"]).stdout(full), b"1\n");
    assert_eq!(
        stderr(&output),
        "worker-pool: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
#[cfg(target_os = "linux")]
fn a_stderr_that_takes_nothing_costs_no_line() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut command = program(&["--ordered", "sh", "-c", "echo $0; echo told >&2"]);
    let output = run(command.stderr(full), b"1\n2\n3\n");
    assert_eq!(stdout(&output), "1\n2\n3\n");
    assert_eq!(output.status.code(), Some(1));
}

/// Sends `signal` to the program, as the shell's `kill` does.
fn send(child: &Running, signal: i32) {
    let status = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(child.0.id().to_string())
        .status();
    assert!(status.unwrap().success());
}

/// The program at work on four lines, and its standard input, still open. Two commands run until
/// they read a line from the pipe that comes along, or it is closed.
fn at_work(folder: &TempDir) -> (Running, ChildStdin, File) {
    let pipes = ["begun", "go"].map(|name| folder.path().join(name));
    let made = Command::new("mkfifo").args(&pipes).status();
    assert!(made.unwrap().success());
    // Open for both, so that no end waits for the other to be opened.
    let [begun, go] = pipes.map(|pipe| File::options().read(true).write(true).open(pipe).unwrap());
    // Neither waits for a test that is over: `go` is opened before `begun` tells, `begun` for both.
    let script = "exec 3< go; echo $0 1<> begun; read line <&3; echo $0";
    let options = ["--workers", "2", "--queue", "2", "--ordered"];
    let mut command = program(&options);
    command.args(["sh", "-c", script]);
    command.env("RUST_LOG", "info").current_dir(folder.path());
    let (child, mut stdin) = start(&mut command);
    stdin.write_all(b"1\n2\n3\n4\n").unwrap();
    within(|| {
        assert_eq!(BufReader::new(begun).lines().take(2).count(), 2);
    });
    (child, stdin, go)
}

#[test]
fn a_signal_lets_the_running_commands_end_and_names_the_others() {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] {
        let folder = TempDir::new().unwrap();
        let (mut child, stdin, mut go) = at_work(&folder);
        let stderr = BufReader::new(child.0.stderr.take().unwrap());
        let mut said = stderr.lines().map_while(Result::ok);
        send(&child, signal);
        let complaints = within(move || {
            // The commands may end once it has heard of the signal.
            said.find(|line| line.contains("no more lines")).unwrap();
            go.write_all(b"go\ngo\n").unwrap();
            said.filter(|line| line.starts_with("worker-pool"))
                .collect::<Vec<_>>()
        });
        let output = child.end();
        drop(stdin); // Was still open when the program ended.
        assert_eq!(output.status.code(), Some(code));
        assert_eq!(stdout(&output), "1\n2\n");
        assert_eq!(
            complaints,
            ["worker-pool: \"3\": not run", "worker-pool: \"4\": not run"]
        );
    }
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
    let folder = TempDir::new().unwrap();
    // The second command sees how much memory the program has had while the first printed.
    let script =
        "case $0 in 1) head -c 300000000 /dev/zero;; 2) grep VmHWM /proc/$PPID/status >&2;; esac";
    let mut command = program(&["--workers", "1", "sh", "-c", script]);
    let (mut child, mut stdin) = start(command.current_dir(folder.path()));
    stdin.write_all(b"1\n2\n").unwrap();
    drop(stdin);
    let mut stdout = child.0.stdout.take().unwrap();
    let length = within(move || io::copy(&mut stdout, &mut io::sink()));
    assert_eq!(length.unwrap(), 300_000_000);
    let peak: u64 = stderr(&child.end())
        .split_ascii_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    assert!(peak < 50_000, "{peak} KiB");
}

#[test]
fn the_log_says_who_did_what() {
    let output = run(program(&["echo"]).env("RUST_LOG", "debug"), b"1\n");
    assert!(stderr(&output).contains("DEBUG worker-"));
    assert!(stderr(&output).contains(r#"running "echo" "1""#));
}
