//! The chat from end to end, with clients that behave, and clients that do not.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use super::cli::program;
use testkit::program::{Running, command, run};
use testkit::{LIMIT, within};

/// How many bytes a line may have.
const LONGEST: usize = 8_192;

const GOODBYE: &str = "* goodbye: the server ends\n";

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
        Self::listen(command, "127.0.0.1:0")
    }

    fn listen(command: &mut Command, address: &str) -> Self {
        let mut running = Running::start(command.args(["--listen", address]));
        // No more than the line is taken from the pipe: the rest is for the end.
        let mut stdout = BufReader::with_capacity(1, running.0.stdout.take().unwrap());
        let (stdout, address) = within(|| {
            let mut address = String::new();
            stdout.read_line(&mut address).unwrap();
            (stdout.into_inner(), address)
        });
        running.0.stdout = Some(stdout);
        let address = address.trim_end().parse().unwrap();
        Self { running, address }
    }

    /// A client that may be let in or not.
    fn visitor(&self) -> Client {
        let socket = TcpStream::connect_timeout(&self.address, LIMIT).unwrap();
        // A server that hangs fails the test where it waits.
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        socket.set_write_timeout(Some(LIMIT)).unwrap();
        Client(BufReader::new(socket))
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

    /// Has `body` done while the server stands still: when it goes on, it finds all of it at once.
    fn find_at_once(&self, body: impl FnOnce()) {
        self.signal("-STOP");
        body();
        self.signal("-CONT");
    }

    /// The exit code and the log.
    fn end(self) -> (Option<i32>, String) {
        let output = self.running.end();
        assert_eq!(output.stdout, b"", "the address is all that it prints");
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), log)
    }

    /// Fails when it has ever had more memory than that. Only some systems tell.
    fn assert_peak_memory_below(&self, kib: u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.running.0.id()));
        let status = status.unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|line| line.trim().strip_suffix(" kB"));
        let peak: u64 = peak.map_or(0, |peak| peak.parse().unwrap());
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

    /// Waits for something that it will not read. Dropped then, it ends as one whose program was
    /// killed: the system sends a reset.
    fn leave_unread(self) -> Self {
        assert_eq!(self.0.get_ref().peek(&mut [0]).unwrap(), 1);
        self
    }
}

#[test]
fn everybody_hears_the_others_and_who_they_are() {
    let server = Server::new();
    let [mut ann, mut bob, mut cleo] = server.clients();
    // In pieces, and with something that does more to a terminal than be shown.
    let said = "one\r\n\x1b[2J\u{2028}\u{202e}owt\n";
    said.bytes().for_each(|byte| ann.say([byte]));
    for client in [&mut bob, &mut cleo] {
        assert_eq!(client.hear(), "client 1: one\n");
        assert_eq!(client.hear(), "client 1: \u{fffd}[2J\u{fffd}\u{fffd}owt\n");
    }
    bob.say("three\n");
    // The next that the first hears: its own lines are not among it.
    assert_eq!(ann.hear(), "client 2: three\n");
    drop(bob);
    assert_eq!(ann.hear(), "* client 2 has left\n");
}

#[test]
fn a_line_that_is_too_long_is_not_passed_on_and_costs_no_memory() {
    let server = Server::new();
    let [mut ann, mut bob] = server.clients();
    let longest = "x".repeat(LONGEST);
    ann.say(format!("{longest}\r\n{longest}x\r\n"));
    assert_eq!(bob.hear(), format!("client 1: {longest}\n"));
    let told = "* 1 of your lines not passed on: over 8192 bytes\n";
    assert_eq!(ann.hear(), told);
    // Of these it is told, too, and it does not read.
    (0..200).for_each(|_| ann.say(format!("{longest}{longest}\n")));
    (0..8_192).for_each(|_| ann.say(&longest));
    ann.say("\nshort\n");
    assert_eq!(bob.hear(), "client 1: short\n");
    server.assert_peak_memory_below(20_000);
}

#[test]
fn memory_does_not_grow_with_the_room_nor_with_what_replaces_bad_bytes() {
    let server = Server::start(program().args(["--max-clients", "20000"]));
    // What the second does not read stays with the server.
    let [mut ann, _deaf] = server.clients();
    for byte in [0xff, b'x'] {
        let line = [&[byte; LONGEST][..], b"\n"].concat();
        (0..20).for_each(|_| ann.say(line.repeat(100)));
    }
    ann.shut_down();
    // By then, it has taken all that was said.
    let told = ann.hear_all();
    assert!(told.ends_with("over 2048 bytes\n"), "{told}");
    server.assert_peak_memory_below(20_000);
}

#[test]
fn it_listens_on_a_name() {
    let server = Server::listen(&mut program(), "localhost:0");
    assert!(server.address.ip().is_loopback());
    server.client();
}

#[test]
#[cfg(target_os = "linux")]
fn a_host_that_vanished_is_asked_for() {
    let server = Server::new();
    let client = server.client();
    let ours = client.0.get_ref().local_addr().unwrap();
    // In the table of the system: the ports of both ends, and its timer: 02 is that of a keepalive,
    // in hundredths of a second.
    let ends = [server.address, ours].map(|end| format!(":{:04X} ", end.port()));
    within(move || {
        loop {
            let table = fs::read_to_string("/proc/net/tcp").unwrap();
            let line = table.lines().find(|line| {
                line.split_once(&ends[0])
                    .is_some_and(|(_, other_end)| other_end.contains(&ends[1]))
            });
            let timer = line.unwrap().split_whitespace().nth(5).unwrap();
            if let Some(when) = timer.strip_prefix("02:") {
                return assert!(u32::from_str_radix(when, 16).unwrap() <= 60_00, "{timer}");
            }
            std::thread::yield_now();
        }
    });
}

#[test]
fn who_hangs_up_has_said_and_heard_all() {
    let server = Server::new();
    let [mut ann, mut bob, mut cleo] = server.clients();
    ann.say("for cleo\n");
    // Now it is in the ring, where it waits for both.
    assert_eq!(bob.hear(), "client 1: for cleo\n");
    cleo.say("the last line has no end");
    cleo.shut_down();
    assert_eq!(ann.hear(), "client 3: the last line has no end\n");
    assert_eq!(ann.hear(), "* client 3 has left\n");
    assert_eq!(cleo.hear_all(), "client 1: for cleo\n");
}

#[test]
fn who_is_gone_without_reading_has_said_all() {
    let server = Server::new();
    let [mut ann, bob, mut cleo] = server.clients();
    cleo.say("unread\n");
    assert_eq!(ann.hear(), "client 3: unread\n");
    let mut bob = bob.leave_unread();
    // It finds a line to write, two to read, and the connection reset.
    server.find_at_once(|| {
        ann.say("for bob\n");
        bob.say("one\ntwo\ncut o");
        drop(bob);
    });
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
    server.assert_peak_memory_below(40_000);
    talker.say("the last\n");
    assert_eq!(listener.hear(), "client 1: the last\n");
    let (mut heard, mut notes) = (0, 0);
    loop {
        let line = slow.hear();
        if line == "client 1: the last\n" {
            break;
        }
        notes += usize::from(line.starts_with("* you read too slowly: "));
        heard += 1;
    }
    assert!(
        notes > 0 && heard < CLOGGING,
        "{notes} notes in {heard} lines"
    );
}

#[test]
fn nobody_who_reads_misses_a_line_when_all_talk_at_once() {
    let server = Server::new();
    let mut clients: [Client; 20] = server.clients();
    // More lines than the ring holds.
    server.find_at_once(|| {
        for client in &mut clients {
            client.say("good\n".repeat(100));
        }
    });
    for client in &mut clients {
        for _ in 0..19 * 100 {
            let line = client.hear();
            assert!(line.ends_with(": good\n"), "{line}");
        }
    }
}

#[test]
fn nobody_who_reads_misses_a_line_when_all_others_hang_up_in_the_middle_of_one() {
    let server = Server::new();
    let mut listener = server.client();
    let mut others = [(); 600].map(|()| server.client());
    assert!(
        others
            .iter()
            .all(|_| listener.hear().ends_with(" has come\n"))
    );
    // Two lines of each, more than the ring holds.
    server.find_at_once(|| {
        for other in &mut others {
            other.say("good");
            other.shut_down();
        }
    });
    for _ in 0..2 * others.len() {
        let line = listener.hear();
        let whole = line.ends_with(" has left\n") || line.ends_with(": good\n");
        assert!(whole, "{line}");
    }
}

#[test]
fn who_finds_no_room_is_told_and_sent_away() {
    let server = Server::start(program().args(["--max-clients", "2"]));
    let [mut ann, bob] = server.clients();
    let files = format!("/proc/{}/fd", server.running.0.id());
    let open_files = || fs::read_dir(&files).map_or(0, Iterator::count);
    let before = open_files();
    // They say something, which nobody reads, and are found when they have said it.
    let mut talkers = Vec::new();
    server.find_at_once(|| {
        for _ in 0..100 {
            talkers.push(server.visitor());
            talkers.last_mut().unwrap().say("is there room?\n");
        }
    });
    let full = "* the room is full (2 clients): come back later\n";
    // One after the other: when the last one has its answer, all the others have, and nothing is kept.
    assert_eq!(talkers.pop().unwrap().hear_all(), full);
    assert!(open_files() <= before + 1);
    drop(bob);
    assert_eq!(ann.hear(), "* client 2 has left\n");
    // Its slot is free by then.
    server.client().say("here\n");
    assert_eq!(ann.hear(), "* client 3 has come\n");
    assert_eq!(ann.hear(), "client 3: here\n");
}

#[test]
fn a_thousand_connections_come_and_go() {
    let server = Server::new();
    let mut observer = server.client();
    for _ in 0..1_000 {
        drop(server.visitor().leave_unread());
        while !observer.hear().ends_with(" has left\n") {}
    }
    let greeting = server.visitor().hear();
    assert_eq!(greeting, "* you are client 1002; others here: 1\n");
    server.assert_peak_memory_below(20_000);
}

#[test]
#[cfg(target_os = "linux")]
fn too_many_open_files_end_nothing() {
    let mut shell = command("sh");
    shell.env("RUST_LOG", "warn");
    shell.args(["-c", r#"ulimit -n 32 && exec "$0" "$@""#]);
    let mut server = Server::start(shell.arg(env!("CARGO_BIN_EXE_async-tokio")));
    let mut log = BufReader::new(server.running.0.stderr.take().unwrap());
    let clients: Vec<_> = (0..40).map(|_| server.visitor()).collect();
    // Its end of the pipe must stay: the server may still have something to say.
    let (_log, times) = within(|| {
        let times = [(); 3].map(|()| {
            let mut line = String::new();
            log.read_line(&mut line).unwrap();
            let expected = "cannot accept a client: Too many open files";
            assert!(line.contains(expected), "{line}");
            let (seconds, _) = line.trim_start().split_once('s').unwrap();
            seconds.parse::<f64>().unwrap()
        });
        (log, times)
    });
    // It does not spin: the next try comes after a pause.
    assert!(times[2] - times[0] > 0.15, "{times:?}");
    drop(clients);
    let [mut ann, mut bob] = [server.client(), server.client()];
    ann.say("here\n");
    while !bob.hear().ends_with(": here\n") {}
}

#[test]
fn a_signal_ends_it_with_a_goodbye() {
    for signal in ["-INT", "-TERM", "-HUP"] {
        let server = Server::new();
        let [mut ann, mut bob, cleo] = server.clients();
        ann.say("the last\n");
        // Now it is in the ring, where it waits for both.
        assert_eq!(bob.hear(), "client 1: the last\n");
        server.signal(signal);
        let heard = cleo.hear_all();
        assert!(heard.starts_with("client 1: the last\n"), "{heard}");
        assert!(heard.ends_with(GOODBYE), "{heard}");
        assert!(bob.hear_all().ends_with(GOODBYE));
        // It is still there: it waits a while for the first to hang up, too.
        let refused = TcpStream::connect(server.address).map_err(|error| error.kind());
        assert_eq!(refused.err(), Some(ErrorKind::ConnectionRefused));
        assert!(ann.hear_all().ends_with(GOODBYE));
        assert_eq!(server.end(), (Some(0), String::new()));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn under_nohup_it_goes_on() {
    let mut shell = command("sh");
    shell.args(["-c", r#"trap '' HUP && exec "$0" "$@""#]);
    let server = Server::start(shell.arg(env!("CARGO_BIN_EXE_async-tokio")));
    let mut client = server.client();
    // Found in this order.
    server.find_at_once(|| server.signal("-HUP"));
    client.say("still here\n");
    client.shut_down();
    assert_eq!(client.hear_all(), "");
    server.client();
}

#[test]
fn a_client_that_never_reads_holds_up_neither_the_end_nor_a_second_signal() {
    for signals in [&["-TERM"][..], &["-INT", "-TERM"]] {
        let server = Server::start(program().env("RUST_LOG", "info"));
        let [mut talker, mut listener, _deaf] = server.clients();
        clog(&mut talker, &mut listener);
        server.find_at_once(|| signals.iter().for_each(|signal| server.signal(signal)));
        if signals.len() == 1 {
            assert!(listener.hear_all().ends_with(GOODBYE));
            let (code, log) = server.end();
            assert_eq!(code, Some(0));
            let expected = "3 clients: 2 finished, 1 aborted, 0 panicked";
            assert!(log.contains(expected), "{log}");
        } else {
            let (code, _) = server.end();
            assert!(matches!(code, Some(130 | 143)), "{code:?}");
        }
    }
}

#[test]
fn an_address_in_use_is_a_clear_error() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = run(program().args(["--listen", &address]));
    let said = String::from_utf8_lossy(&output.stderr);
    let expected = format!("async-tokio: cannot listen on {address}: Address already in use");
    assert!(said.starts_with(&expected), "{said}");
    assert_eq!((said.lines().count(), output.status.code()), (1, Some(1)));
}
