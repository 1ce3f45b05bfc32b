//! What one client is told at its end, and at the server's. The rest is in `tests/chat.rs`.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::future::Future;
use std::io::Read;
use std::net::{Shutdown, TcpStream as Socket};

use testkit::within;
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::super::room::Room;
use super::*;

/// Of paused time, which passes when nothing else can be done, and not while a blocking task runs:
/// however slow the machine is, no limit is over while a client reads.
const HOUR: Duration = Duration::from_secs(3_600);

fn on_paused_time<F: Future>(body: impl FnOnce() -> F + Send + 'static) {
    within(|| {
        let mut paused = Builder::new_current_thread();
        let runtime = paused.enable_all().start_paused(true).build();
        runtime.unwrap().block_on(body());
    });
}

/// Both ends of a connection.
async fn connection() -> (TcpStream, Socket) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let theirs = Socket::connect(listener.local_addr().unwrap()).unwrap();
    let (ours, _) = listener.accept().await.unwrap();
    (ours, theirs)
}

/// A client that another has told so many long lines.
fn client(lines: usize) -> Client {
    let mut room = Room::new(2);
    let (talker, guest) = (room.enter().unwrap(), room.enter().unwrap());
    let client = Client::new(guest, 1);
    let line: Arc<str> = ("x".repeat(LONGEST) + "\n").into();
    for _ in 0..lines {
        talker.say(Arc::clone(&line));
    }
    client
}

/// All that is sent to the client `theirs`, which begins to read when nothing else can be done.
async fn hear_late(served: impl Future<Output = ()>, mut theirs: Socket) -> Vec<String> {
    let mut served = pin!(served);
    let waits = timeout(HOUR, &mut served).await;
    assert!(waits.is_err(), "what waits is more than a socket takes");
    let heard = spawn_blocking(move || {
        let mut heard = String::new();
        theirs.read_to_string(&mut heard).unwrap();
        heard
    });
    let ((), heard) = tokio::join!(served, heard);
    let heard = heard.unwrap();
    heard.lines().map(str::to_owned).collect()
}

fn long(lines: &[String]) -> usize {
    lines.iter().filter(|line| line.len() == LONGEST).count()
}

/// The numbers in the notes that begin and end like this.
fn notes(lines: &[String], begin: &str, end: &str) -> Vec<usize> {
    let middle = |line: &String| line.strip_prefix(begin)?.strip_suffix(end)?.parse().ok();
    lines.iter().filter_map(middle).collect()
}

#[test]
fn who_reads_only_after_the_stop_hears_all_that_waits_and_the_goodbye() {
    on_paused_time(|| async {
        let (ours, mut theirs) = connection().await;
        // Nobody reads it any more: it must not cost the client what waits for it.
        theirs.write_all(b"too late\n").unwrap();
        let stop = CancellationToken::new();
        stop.cancel();
        let heard = hear_late(client(4_000).serve(ours, stop), theirs).await;
        let missed = notes(&heard, "* you read too slowly: ", " lines missed");
        // With the talker, which has left.
        assert!(heard.contains(&"* client 1 has left".to_owned()));
        assert_eq!(missed.len(), 1);
        assert_eq!(long(&heard) + missed[0], 4_000);
        assert_eq!(heard.last().unwrap(), "* goodbye: the server ends");
    });
}

#[test]
fn who_hangs_up_hears_all_that_waits_and_of_its_own_lines() {
    on_paused_time(|| async {
        let (ours, mut theirs) = connection().await;
        // The first takes so many turns that the socket is full when it comes to the second.
        let said = "x".repeat(20 * LONGEST) + "\n" + &"x".repeat(2 * LONGEST) + "\n";
        theirs.write_all(said.as_bytes()).unwrap();
        theirs.shutdown(Shutdown::Write).unwrap();
        let heard = hear_late(client(900).serve(ours, CancellationToken::new()), theirs).await;
        assert_eq!(long(&heard), 900);
        let refused = notes(
            &heard,
            "* ",
            " of your lines not passed on: over 8192 bytes",
        );
        assert_eq!(refused.iter().sum::<usize>(), 2);
        assert_eq!(heard.last().unwrap(), "* client 1 has left");
    });
}

#[test]
fn what_waits_at_the_end_is_not_copied_all_at_once() {
    on_paused_time(|| async {
        let (mut ours, _theirs) = connection().await;
        let (_, mut output) = ours.split();
        let mut client = client(900);
        let waits = timeout(HOUR, client.finish(&mut output, "")).await;
        assert!(waits.is_err(), "what waits is more than a socket takes");
        assert!(client.out.len() < 2 * BATCH, "{}", client.out.len());
    });
}

#[test]
fn who_does_not_hang_up_is_not_waited_for_for_ever() {
    on_paused_time(|| async {
        let (ours, _theirs) = connection().await;
        let (start, stop) = (Instant::now(), CancellationToken::new());
        stop.cancel();
        client(0).serve(ours, stop).await;
        let waited = start.elapsed();
        assert!((LINGER..2 * LINGER).contains(&waited), "{waited:?}");
    });
}
