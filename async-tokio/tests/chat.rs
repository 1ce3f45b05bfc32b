//! The chat from end to end, with clients that behave, and clients that do not.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use super::support::program::{program, stderr};
use testkit::program::{Running, command, run};
use testkit::{LIMIT, within};

/// How many bytes a line may have.
const LONGEST: usize = 8_192;

/// A server that is killed when the test is over, however it ends.
struct Server {
    running: Running,
    address: SocketAddr,
}

impl Server {
    fn new() -> Self {
        Self::start(&mut program())
    }

    fn start(command: &mut Command) -> Self {
        let mut running = Running::start(command.args(["--listen", "127.0.0.1:0"]));
        let stdout = running.0.stdout.take().unwrap();
        let (stdout, address) = within(|| {
            // No more than the line is taken from the pipe: the rest is for the end.
            let mut stdout = BufReader::with_capacity(1, stdout);
            let mut address = String::new();
            stdout.read_line(&mut address).unwrap();
            (stdout.into_inner(), address)
        });
        running.0.stdout = Some(stdout);
        let address = address.trim_end().parse().unwrap();
        Self { running, address }
    }

    fn connect(&self) -> TcpStream {
        let socket = TcpStream::connect_timeout(&self.address, LIMIT).unwrap();
        // A server that hangs fails the test where it waits.
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        socket
    }

    /// A client that may be let in or not.
    fn visitor(&self) -> Client {
        Client(BufReader::new(self.connect()))
    }

    /// A client that has been let in: it hears all that is said from now on.
    fn client(&self) -> Client {
        let mut client = self.visitor();
        let greeting = client.hear();
        assert!(greeting.starts_with("* you are client "), "{greeting}");
        client
    }

    /// That many of them, each of which has heard of those that came after it.
    fn clients<const N: usize>(&self) -> [Client; N] {
        let mut clients: Vec<Client> = Vec::new();
        for number in 1..=N {
            let client = self.client();
            for earlier in &mut clients {
                assert_eq!(earlier.hear(), format!("* client {number} has come\n"));
            }
            clients.push(client);
        }
        clients.try_into().ok().unwrap()
    }

    fn signal(&self, name: &str) {
        let process = self.running.0.id().to_string();
        let sent = Command::new("kill").args([name, &process]).status();
        assert!(sent.unwrap().success());
    }

    /// The exit code and the log.
    fn end(self) -> (Option<i32>, String) {
        let output = self.running.end();
        assert!(
            output.stdout.is_empty(),
            "the address is all that it prints"
        );
        (output.status.code(), stderr(&output))
    }

    /// What the system tells about the process.
    #[cfg(target_os = "linux")]
    fn proc(&self, what: &str) -> String {
        format!("/proc/{}/{what}", self.running.0.id())
    }

    /// Fails when it has ever had more memory than that.
    #[cfg(target_os = "linux")]
    fn assert_peak_memory_below(&self, kib: u64) {
        let status = fs::read_to_string(self.proc("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let number = line.unwrap().split_ascii_whitespace().nth(1);
        let peak: u64 = number.unwrap().parse().unwrap();
        assert!(peak < kib, "{peak} KiB");
    }
}

struct Client(BufReader<TcpStream>);

impl Client {
    fn say(&mut self, text: impl AsRef<[u8]>) {
        self.0.get_mut().write_all(text.as_ref()).unwrap();
    }

    /// The next line.
    fn hear(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        assert!(line.ends_with('\n'), "hung up after {line:?}");
        line
    }

    /// All that comes until the server hangs up.
    fn hear_all(mut self) -> String {
        let mut lines = String::new();
        self.0.read_to_string(&mut lines).unwrap();
        lines
    }

    fn shut_down(&self) {
        self.0.get_ref().shutdown(Shutdown::Write).unwrap();
    }
}

#[test]
fn everybody_hears_the_others_and_who_they_are() {
    let server = Server::new();
    let [mut ann, mut bob, mut cleo] = server.clients();
    ann.say("one\ntwo\n");
    for client in [&mut bob, &mut cleo] {
        assert_eq!(client.hear(), "client 1: one\n");
        assert_eq!(client.hear(), "client 1: two\n");
    }
    bob.say("three\n");
    // The next that the first hears: its own lines are not among it.
    assert_eq!(ann.hear(), "client 2: three\n");
    assert_eq!(cleo.hear(), "client 2: three\n");
    drop(bob);
    assert_eq!(ann.hear(), "* client 2 has left\n");
    assert_eq!(cleo.hear(), "* client 2 has left\n");
}

#[test]
fn a_line_may_come_in_pieces_and_end_in_cr_lf() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    let text = "in pieces\r\n\r\n\tand a tab\r\na \r within\r\n\n";
    for byte in text.as_bytes() {
        ann.say([*byte]);
    }
    assert_eq!(bob.hear(), "client 1: in pieces\n");
    assert_eq!(bob.hear(), "client 1: \n");
    assert_eq!(bob.hear(), "client 1: \tand a tab\n");
    assert_eq!(bob.hear(), "client 1: a \u{fffd} within\n");
    assert_eq!(bob.hear(), "client 1: \n");
}

#[test]
fn what_is_no_text_does_nothing_to_a_terminal() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    // No UTF-8; a clear screen; the same as a control character of two bytes; NUL; DEL.
    ann.say(b"caf\xe9 \xff\xfe|\x1b[2J|\xc2\x9b2J|\0|\x7f|caf\xc3\xa9\n");
    assert_eq!(
        bob.hear(),
        "client 1: caf\u{fffd} \u{fffd}\u{fffd}|\u{fffd}[2J|\u{fffd}2J|\u{fffd}|\u{fffd}|caf\u{e9}\n"
    );
}

#[test]
fn a_line_that_is_too_long_is_not_passed_on() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    let longest = "x".repeat(LONGEST);
    for end in ["\n", "\r\n"] {
        ann.say(format!("{longest}{end}"));
        assert_eq!(bob.hear(), format!("client 1: {longest}\n"));
    }
    for end in ["x\n", "x\r\n", "xxxx\r\n"] {
        ann.say(format!("{longest}{end}"));
        let told = "* 1 of your lines not passed on: over 8192 bytes\n";
        assert_eq!(ann.hear(), told);
    }
    ann.say("short\n");
    assert_eq!(bob.hear(), "client 1: short\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_line_without_end_costs_no_memory() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    let mebibyte = vec![b'x'; 1 << 20];
    for _ in 0..64 {
        ann.say(&mebibyte);
    }
    // Of all those it is told, and it reads nothing.
    for _ in 0..200 {
        ann.say("x".repeat(2 * LONGEST) + "\n");
    }
    ann.say("\nshort\n");
    assert_eq!(bob.hear(), "client 1: \n");
    assert_eq!(bob.hear(), "client 1: short\n");
    server.assert_peak_memory_below(20_000);
}

#[test]
fn who_hangs_up_has_said_and_heard_all() {
    let server = Server::new();
    let [mut ann, mut bob, cleo] = server.clients();
    ann.say("for cleo\n");
    // Now it is in the ring, where it waits for both.
    assert_eq!(bob.hear(), "client 1: for cleo\n");
    let mut cleo = cleo;
    cleo.say("the last line has no end");
    cleo.shut_down();
    assert_eq!(ann.hear(), "client 3: the last line has no end\n");
    assert_eq!(ann.hear(), "* client 3 has left\n");
    assert_eq!(cleo.hear_all(), "client 1: for cleo\n");
}

/// Hangs up as one whose program was killed: the system sends a reset, because there is something
/// that was not read.
fn reset(socket: TcpStream) {
    assert_eq!(socket.peek(&mut [0]).unwrap(), 1);
    drop(socket);
}

#[test]
fn a_reset_connection_harms_no_other() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    reset(server.connect());
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.hear(), "* client 3 has come\n");
        assert_eq!(client.hear(), "* client 3 has left\n");
    }
    ann.say("still here\n");
    assert_eq!(bob.hear(), "client 1: still here\n");
}

#[test]
fn who_is_gone_without_reading_has_said_all() {
    let server = Server::new();
    let [mut ann, mut bob, mut cleo] = server.clients();
    cleo.say("unread\n");
    assert_eq!(ann.hear(), "client 3: unread\n");
    assert_eq!(bob.0.get_ref().peek(&mut [0]).unwrap(), 1);
    // When it goes on, it finds a line to write, two to read, and the connection reset.
    server.signal("-STOP");
    ann.say("for bob\n");
    bob.say("one\ntwo\ncut o");
    drop(bob);
    server.signal("-CONT");
    assert_eq!(ann.hear(), "client 2: one\n");
    assert_eq!(ann.hear(), "client 2: two\n");
    assert_eq!(ann.hear(), "* client 2 has left\n");
}

/// More than the systems on both ends keep for one that does not read, and the server for all.
const CLOGGING: usize = 4_000;

/// Says so many long lines that a client that does not read falls behind. The listener keeps up:
/// never more than a few of them wait for it.
fn clog(talker: &mut Client, listener: &mut Client) {
    let line = "x".repeat(LONGEST - 1) + "\n";
    for _ in 0..CLOGGING / 50 {
        talker.say(line.repeat(50));
        for _ in 0..50 {
            assert_eq!(listener.hear().len(), "client 1: ".len() + LONGEST);
        }
    }
}

#[test]
fn a_client_that_reads_slowly_loses_only_its_own_backlog() {
    let server = Server::new();
    let [mut talker, mut listener, mut slow] = server.clients();
    clog(&mut talker, &mut listener);
    // It may say something all the same.
    slow.say("I do not read\n");
    assert_eq!(talker.hear(), "client 3: I do not read\n");
    assert_eq!(listener.hear(), "client 3: I do not read\n");
    #[cfg(target_os = "linux")]
    server.assert_peak_memory_below(40_000);
    talker.say("the last\n");
    let (mut heard, mut missed) = (0, 0);
    loop {
        let line = slow.hear();
        if line == "client 1: the last\n" {
            break;
        } else if let Some(note) = line.strip_prefix("* you read too slowly: ") {
            missed += note
                .strip_suffix(" lines missed\n")
                .unwrap()
                .parse::<usize>()
                .unwrap();
        } else {
            assert_eq!(line.len(), "client 1: ".len() + LONGEST);
            heard += 1;
        }
    }
    // Its own line, which it need not hear, may be among those.
    assert!(missed > 0 && (CLOGGING..=CLOGGING + 1).contains(&(heard + missed)));
    assert_eq!(listener.hear(), "client 1: the last\n");
}

#[test]
fn nobody_who_reads_misses_a_line_when_all_talk_at_once() {
    let server = Server::new();
    let mut clients: [Client; 20] = server.clients();
    // When it goes on, it finds more lines than the ring holds.
    server.signal("-STOP");
    let lines: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    for client in &mut clients {
        client.say(lines.join("\n") + "\n");
    }
    server.signal("-CONT");
    for (listener, client) in clients.iter_mut().enumerate() {
        let mut heard = vec![Vec::new(); 20];
        for _ in 0..19 * 100 {
            let line = client.hear();
            let line = line.strip_prefix("client ").expect("no line is missed");
            let (id, number) = line.trim_end().split_once(": ").unwrap();
            heard[id.parse::<usize>().unwrap() - 1].push(number.to_owned());
        }
        assert!(heard.remove(listener).is_empty());
        assert!(heard.iter().all(|heard| *heard == lines));
    }
}

#[test]
fn nobody_who_reads_misses_a_line_when_all_others_hang_up_in_the_middle_of_one() {
    const OTHERS: usize = 600;
    let server = Server::new();
    let mut listener = server.client();
    let mut others: Vec<_> = (0..OTHERS).map(|_| server.client()).collect();
    for _ in 0..OTHERS {
        assert!(listener.hear().ends_with(" has come\n"));
    }
    // When it goes on, it finds two lines of each, more than the ring holds.
    server.signal("-STOP");
    for other in &mut others {
        other.say("good");
        other.shut_down();
    }
    server.signal("-CONT");
    for _ in 0..2 * OTHERS {
        let line = listener.hear();
        assert!(
            line.starts_with("* client ") || line.ends_with(": good\n"),
            "{line}"
        );
    }
}

#[test]
fn who_finds_no_room_is_told_and_sent_away() {
    let server = Server::start(program().args(["--max-clients", "2"]));
    let [mut ann, bob] = server.clients();
    let full = "* the room is full (2 clients): come back later\n";
    assert_eq!(server.visitor().hear_all(), full);
    drop(bob);
    assert_eq!(ann.hear(), "* client 2 has left\n");
    // Its slot is free by then.
    let mut cleo = server.client();
    cleo.say("here\n");
    assert_eq!(ann.hear(), "* client 3 has come\n");
    assert_eq!(ann.hear(), "client 3: here\n");
}

#[test]
#[cfg(target_os = "linux")]
fn who_is_sent_away_while_it_talks_is_told_all_the_same() {
    let server = Server::start(program().args(["--max-clients", "1"]));
    let [_ann] = server.clients();
    // When it goes on, it finds a client that has said something, which nobody reads.
    server.signal("-STOP");
    let mut talker = server.visitor();
    talker.say("is there room?\n");
    server.signal("-CONT");
    let full = "* the room is full (1 clients): come back later\n";
    assert_eq!(talker.hear_all(), full);
}

#[test]
#[cfg(target_os = "linux")]
fn who_is_sent_away_and_does_not_read_costs_nothing() {
    let server = Server::start(program().args(["--max-clients", "1"]));
    let _ann = server.client();
    let open_files = || fs::read_dir(server.proc("fd")).unwrap().count();
    let before = open_files();
    let mut sent_away: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for socket in &mut sent_away {
        // Refused when it has been sent away by now.
        let _ = socket.write_all(b"is there room?\n");
    }
    // One after the other: when this one has its answer, all the others have.
    let last = server.visitor();
    assert!(last.hear_all().starts_with("* the room is full"));
    let after = open_files();
    assert!(after <= before + 1, "{before} files before, {after} after");
}

#[test]
fn a_thousand_connections_come_and_go() {
    let server = Server::new();
    let mut observer = server.client();
    for round in 0..50 {
        let sockets: Vec<_> = (0..20).map(|_| server.connect()).collect();
        for (number, socket) in sockets.into_iter().enumerate() {
            match number % 4 {
                0 => reset(socket),
                1 => drop(socket),
                2 => drop(Client(BufReader::new(socket)).hear()),
                _ => {
                    let mut client = Client(BufReader::new(socket));
                    client.hear();
                    client.say("hello, and good");
                    client.say("bye\n");
                }
            }
        }
        let (mut came, mut left, mut said) = (BTreeSet::new(), BTreeSet::new(), 0);
        while came.len() < 20 || left.len() < 20 || said < 5 {
            let line = observer.hear();
            let mut words = line
                .split([' ', ':'])
                .skip_while(|&word| word == "*")
                .skip(1);
            let id: u32 = words.next().unwrap().parse().unwrap();
            match words.collect::<Vec<_>>()[..] {
                ["has", "come\n"] => assert!(came.insert(id)),
                ["has", "left\n"] => assert!(left.insert(id)),
                _ => said += 1,
            }
        }
        assert_eq!(came, (20 * round + 2..20 * round + 22).collect());
        assert_eq!(left, came);
    }
    let mut last = server.visitor();
    assert_eq!(last.hear(), "* you are client 1002; others here: 1\n");
    #[cfg(target_os = "linux")]
    server.assert_peak_memory_below(20_000);
}

#[test]
#[cfg(target_os = "linux")]
fn too_many_open_files_end_nothing() {
    let mut shell = command("sh");
    shell.env("RUST_LOG", "warn");
    shell.args(["-c", r#"ulimit -n 32 && exec "$0" "$@""#]);
    let mut server = Server::start(shell.arg(env!("CARGO_BIN_EXE_async-tokio")));
    let log = BufReader::new(server.running.0.stderr.take().unwrap());
    let sockets: Vec<_> = (0..40).map(|_| server.connect()).collect();
    // Its end of the pipe must stay: the server may still have something to say.
    let (_log, times) = within(|| {
        let (mut log, mut times) = (log, Vec::new());
        for _ in 0..3 {
            let mut line = String::new();
            log.read_line(&mut line).unwrap();
            assert!(
                line.contains("cannot accept a client: Too many open files"),
                "{line}"
            );
            let seconds = line.trim_start().split_once('s').unwrap().0;
            times.push(seconds.parse::<f64>().unwrap());
        }
        (log, times)
    });
    // It does not spin: the next try comes after a pause.
    assert!(times[2] - times[0] > 0.15, "{times:?}");
    drop(sockets);
    let [mut ann, mut bob] = [server.client(), server.client()];
    ann.say("here\n");
    while !bob.hear().ends_with(": here\n") {}
}

#[test]
fn a_signal_ends_it_with_a_goodbye() {
    for signal in ["-INT", "-TERM"] {
        let server = Server::new();
        let [mut ann, mut bob, cleo] = server.clients();
        ann.say("the last\n");
        // Now it is in the ring, where it waits for both.
        assert_eq!(bob.hear(), "client 1: the last\n");
        server.signal(signal);
        let goodbye = "* goodbye: the server ends\n";
        // The others may still be there when the first is gone, or not.
        assert!(ann.hear_all().ends_with(goodbye));
        assert!(bob.hear_all().ends_with(goodbye));
        let heard = cleo.hear_all();
        assert!(heard.starts_with("client 1: the last\n"), "{heard}");
        assert!(heard.ends_with(goodbye), "{heard}");
        assert_eq!(server.end(), (Some(0), String::new()));
    }
}

#[test]
fn after_the_goodbye_nobody_listens() {
    let server = Server::new();
    let [mut ann] = server.clients();
    server.signal("-INT");
    assert_eq!(ann.hear(), "* goodbye: the server ends\n");
    // It is still there: it waits a while for the client to hang up too.
    let refused = TcpStream::connect(server.address).map_err(|error| error.kind());
    assert_eq!(refused.err(), Some(ErrorKind::ConnectionRefused));
    assert_eq!(ann.hear_all(), "");
    assert_eq!(server.end(), (Some(0), String::new()));
}

#[test]
fn without_clients_it_ends_too() {
    let server = Server::start(program().env("RUST_LOG", "info"));
    server.signal("-INT");
    let (code, log) = server.end();
    assert_eq!(code, Some(0));
    assert!(
        log.contains("0 clients: 0 finished, 0 aborted, 0 panicked"),
        "{log}"
    );
}

#[test]
fn a_client_that_never_reads_does_not_hold_up_the_end() {
    let server = Server::start(program().env("RUST_LOG", "info"));
    let [mut talker, mut listener, _deaf] = server.clients();
    clog(&mut talker, &mut listener);
    server.signal("-TERM");
    assert!(
        listener
            .hear_all()
            .ends_with("* goodbye: the server ends\n")
    );
    let (code, log) = server.end();
    assert_eq!(code, Some(0));
    assert!(
        log.contains("3 clients: 2 finished, 1 aborted, 0 panicked"),
        "{log}"
    );
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let server = Server::new();
    let [mut talker, mut listener, _deaf] = server.clients();
    clog(&mut talker, &mut listener);
    // Both are there when it goes on, and it would wait for the one that does not read.
    for signal in ["-STOP", "-INT", "-TERM", "-CONT"] {
        server.signal(signal);
    }
    let (code, _) = server.end();
    assert!(matches!(code, Some(130 | 143)), "{code:?}");
}

#[test]
fn nonsense_is_refused() {
    for (arguments, reason) in [
        ("--listen nonsense", "invalid socket address"),
        ("--listen 127.0.0.1:70000", "invalid socket address"),
        ("--listen", "a value is required"),
        (
            "--listen 127.0.0.1:0 --max-clients 0",
            "0 is not in 1..=65535",
        ),
        ("--listen 127.0.0.1:0 --max-clients many", "invalid digit"),
        ("--max-clients 1", "required arguments were not provided"),
    ] {
        let output = run(program().args(arguments.split(' ')));
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains(reason), "{output:?}");
    }
}

#[test]
fn an_address_in_use_is_a_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(program().args(["--listen", &address]));
    assert_eq!(output.status.code(), Some(1));
    let said = stderr(&output);
    let expected = format!("async-tokio: cannot listen on {address}: Address already in use");
    assert!(
        said.starts_with(&expected) && said.lines().count() == 1,
        "{said}"
    );
}

#[test]
#[cfg(target_os = "linux")]
fn an_address_that_cannot_be_printed_is_a_clear_error() {
    let full = fs::File::options().write(true).open("/dev/full").unwrap();
    let mut command = program();
    let command = command.args(["--listen", "127.0.0.1:0"]).stdout(full);
    let output = run(command);
    assert_eq!(
        stderr(&output),
        "async-tokio: cannot write to standard output: No space left on device (os error 28)\n"
    );
    assert_eq!(output.status.code(), Some(1));
}
