//! A line chat over TCP: everybody sees what the others say.
//!
//! ```text
//! client's task: socket -> lines -> [broadcast] -> every other client's task -> socket
//! ```
//!
//! One ring of lines serves all clients. One that reads slowly falls behind in the ring, and loses
//! what is overwritten before its turn: nobody waits for it, and it costs no memory of its own.

use std::convert::Infallible;
use std::io::{self, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::Duration;

use anyhow::Context;
use async_tokio::shutdown::{Report, Tasks};
use common::timeline;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::select;
use tokio::time::sleep;
use tracing::Instrument;

mod client;
mod lines;
mod room;
mod signals;
use client::Client;
use room::Room;
use signals::Signals;

/// How long clients have to take what is waiting for them, when the server ends.
const GOODBYE: Duration = Duration::from_secs(1);

/// After how long without a word the system asks whether the host of a client is still there, and how
/// long it waits before it asks again: Linux gives it up after nine times.
const QUIET: Duration = Duration::from_secs(60);
const ASK_AGAIN: Duration = Duration::from_secs(10);

/// How long to let nobody in after an error, such as too many open files: it would come again at
/// once.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until a signal comes, and returns the exit code. The address that is listened on is the
/// first line of `out`.
pub(crate) fn run(address: &str, max_clients: u16, out: impl Write) -> anyhow::Result<u8> {
    // On one thread the clients take turns, and nobody who reads misses a line. Where the system
    // may stop one thread while another serves those who talk, a client can fall behind.
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.context("cannot start the runtime")?;
    runtime.block_on(serve(address, max_clients, out))
}

async fn serve(address: &str, max_clients: u16, mut out: impl Write) -> anyhow::Result<u8> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))?;
    // Not before: to look up a name may take long, and a signal ends that.
    let mut signals = Signals::new().context("cannot listen for signals")?;
    let address = listener.local_addr().context("cannot tell the address")?;
    writeln!(out, "{address}")
        .and_then(|()| out.flush())
        .context("cannot write to standard output")?;
    tracing::info!("listening; try: nc {} {}", address.ip(), address.port());

    let (mut room, mut tasks) = (Room::new(max_clients), Tasks::new());
    select! {
        biased;
        _ = signals.next() => {}
        never = accept_all(&listener, &mut room, &mut tasks) => match never {},
    }
    // Before the goodbyes: whoever comes now is told at once that nobody listens.
    drop(listener);
    tracing::info!(
        "a signal has come: saying goodbye to {} clients",
        room.clients()
    );
    select! {
        biased;
        code = signals.next() => Ok(code),
        report = tasks.shutdown(GOODBYE) => Ok(exit_code(&report)),
    }
}

async fn accept_all(listener: &TcpListener, room: &mut Room, tasks: &mut Tasks) -> Infallible {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => admit(socket, peer, room, tasks),
            Err(error) => {
                tracing::warn!("cannot accept a client: {error}");
                sleep(PAUSE).await;
            }
        }
    }
}

/// Gives a client a task, or, when the room is full, a line that says so.
fn admit(socket: TcpStream, peer: SocketAddr, room: &mut Room, tasks: &mut Tasks) {
    if let Some(guest) = room.enter() {
        tracing::debug!("client {} is {peer}", guest.id());
        let keepalive = TcpKeepalive::new()
            .with_time(QUIET)
            .with_interval(ASK_AGAIN);
        if let Err(error) = SockRef::from(&socket).set_tcp_keepalive(&keepalive) {
            tracing::debug!("client {} may vanish unnoticed: {error}", guest.id());
        }
        let lane = timeline::task(format_args!("client {}", guest.id()));
        let client = Client::new(guest, room.clients() - 1);
        tasks.spawn(|stop| client.serve(socket, stop).instrument(lane));
    } else {
        tracing::debug!("{peer} is sent away");
        if let Err(error) = send_away(socket, &room.full()) {
            tracing::debug!("{peer} did not hear that the room is full: {error}");
        }
    }
}

/// Needs no task and no waiting: a new connection has room for a line.
fn send_away(socket: TcpStream, line: &str) -> io::Result<()> {
    // Not through tokio, which would wait to hear that the socket can be written to. It is still
    // set not to block.
    let mut socket = socket.into_std()?;
    socket.write_all(line.as_bytes())?;
    socket.shutdown(Shutdown::Write)
}

fn exit_code(report: &Report) -> u8 {
    let (finished, aborted, panicked) = (report.finished, report.aborted, report.panicked);
    let clients = finished + aborted + panicked;
    tracing::info!(
        "{clients} clients: {finished} finished, {aborted} aborted, {panicked} panicked"
    );
    u8::from(panicked > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_whose_task_panicked_is_a_failure() {
        let mut report = Report::default();
        assert_eq!(exit_code(&report), 0);
        report.panicked = 1;
        assert_eq!(exit_code(&report), 1);
    }
}
