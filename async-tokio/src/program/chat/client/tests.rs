//! What one client is told at its end, and at the server's. The rest is in `tests/chat.rs`.
//!
//! Paused time passes when nothing else can be done, and not while a blocking task runs: however slow
//! the machine is, no limit is over while a client reads.
#![allow(
    clippy::unwrap_used,
    reason = "a step that fails is a test that fails, in a helper too"
)]

use std::io::Read;
use std::net::{Shutdown, TcpStream as Socket};

use tokio::net::TcpListener;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::super::room::Room;
use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

/// How many bytes a line may have.
const LONGEST: usize = 8 << 10;

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
    (0..lines).for_each(|_| talker.say(Arc::clone(&line)));
    client
}

/// All that is sent to a client that has said this, and begins to read when nothing else can be done:
/// how many long lines, the sum of the numbers in notes that begin so, and the last line.
async fn hear_late(
    client: Client,
    said: &str,
    stop: CancellationToken,
    note: &str,
) -> (usize, usize, String) {
    let (ours, mut theirs) = connection().await;
    theirs.write_all(said.as_bytes()).unwrap();
    if !stop.is_cancelled() {
        theirs.shutdown(Shutdown::Write).unwrap();
    }
    let mut served = pin!(client.serve(ours, stop));
    let waits = timeout(HOUR, &mut served).await;
    assert!(waits.is_err(), "what waits is more than a socket takes");
    let heard = spawn_blocking(move || {
        let mut heard = String::new();
        theirs.read_to_string(&mut heard).unwrap();
        heard
    });
    let ((), heard) = tokio::join!(served, heard);
    let heard = heard.unwrap();
    let long = heard.lines().filter(|line| line.len() == LONGEST).count();
    let numbers = heard.lines().filter_map(|line| {
        let (number, _) = line.strip_prefix(note)?.split_once(' ')?;
        number.parse::<usize>().ok()
    });
    (
        long,
        numbers.sum(),
        heard.lines().last().unwrap().to_owned(),
    )
}

#[tokio::test(start_paused = true)]
async fn who_reads_only_after_the_stop_hears_all_that_waits_and_the_goodbye() {
    let stop = CancellationToken::new();
    stop.cancel();
    // What it says is not read any more: it must not cost the client what waits for it.
    let note = "* you read too slowly: ";
    let (long, missed, last) = hear_late(client(4_000), "too late\n", stop, note).await;
    assert!(missed > 0);
    assert_eq!(long + missed, 4_000);
    assert_eq!(last, "* goodbye: the server ends");
}

#[tokio::test(start_paused = true)]
async fn who_hangs_up_hears_all_that_waits_and_of_its_own_lines() {
    // The first takes so many turns that the socket is full when it comes to the second.
    let said = "x".repeat(20 * LONGEST) + "\n" + &"x".repeat(2 * LONGEST) + "\n";
    let (long, refused, last) = hear_late(client(900), &said, CancellationToken::new(), "* ").await;
    assert_eq!((long, refused), (900, 2));
    assert_eq!(last, "* client 1 has left");
}

#[tokio::test(start_paused = true)]
async fn what_waits_at_the_end_is_not_copied_all_at_once() {
    let (mut ours, _theirs) = connection().await;
    let (_, mut output) = ours.split();
    let mut client = client(900);
    let waits = timeout(HOUR, client.finish(&mut output, "")).await;
    assert!(waits.is_err(), "what waits is more than a socket takes");
    assert!(client.out.len() < 2 * BATCH, "{}", client.out.len());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_hang_up_is_not_waited_for_forever() {
    let (ours, _theirs) = connection().await;
    let (start, stop) = (Instant::now(), CancellationToken::new());
    stop.cancel();
    client(0).serve(ours, stop).await;
    let waited = start.elapsed();
    assert!((LINGER..2 * LINGER).contains(&waited), "{waited:?}");
}
