//! What is done for one client, in one task.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_tokio::broadcast::{Event, next};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, copy_buf, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::select;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;
use tokio::task::yield_now;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::lines::{Lines, TooLong};
use super::room::{Guest, Message};

#[cfg(test)]
mod tests;

/// How much is read at once: most lines are far shorter.
const READ: usize = 2 << 10;

/// How much is written at once, or up to a line more.
const BATCH: usize = 16 << 10;

/// How long to wait for a client that has been told all to hang up too.
const LINGER: Duration = Duration::from_millis(500);

/// A client: what it says, and what it is yet to be told.
///
/// Neither waits for the other: what it says is passed on also when it does not read.
#[derive(Debug)]
pub(super) struct Client {
    guest: Guest,
    lines: Lines,
    message_rx: Receiver<Message>,
    /// Lines for the socket; the beginning of the first may have been written.
    out: Vec<u8>,
    /// How many of its lines were refused since it was last told.
    too_long: u64,
}

impl Client {
    /// A client that is greeted, and hears what is said from now on.
    pub(super) fn new(guest: Guest, others: usize) -> Self {
        let id = guest.id();
        Self {
            lines: Lines::new(guest.longest(), format!("client {id}: ")),
            message_rx: guest.listen(),
            out: format!("* you are client {id}; others here: {others}\n").into_bytes(),
            too_long: 0,
            guest,
        }
    }

    /// Serves the client until it hangs up, or the server stops.
    pub(super) async fn serve(mut self, mut socket: TcpStream, stop: CancellationToken) {
        let (input, mut output) = socket.split();
        let mut input = BufReader::with_capacity(READ, input);
        let ended = async {
            // Lines are gathered here; the system would only hold back the last of them.
            output.as_ref().set_nodelay(true)?;
            let last_words = self.converse(&mut input, &output, stop).await?;
            self.finish(&mut output, last_words).await?;
            see_off(&mut input).await
        };
        if let Err(error) = ended.await {
            tracing::debug!("client {}: {error}", self.guest.id());
        }
    }

    /// Returns what remains to be said to the client. It fails when the connection does.
    async fn converse(
        &mut self,
        input: &mut BufReader<ReadHalf<'_>>,
        output: &WriteHalf<'_>,
        stop: CancellationToken,
    ) -> io::Result<&'static str> {
        let mut stopped = pin!(stop.cancelled());
        // Why it can no longer be written to. What was said before that is still there to be read.
        let mut broken = None;
        loop {
            if broken.is_none() {
                broken = self.write_waiting(output).err();
            }
            // Never where it broke: something is left.
            let caught_up = self.out.is_empty();
            select! {
                biased;
                () = &mut stopped => return Ok("* goodbye: the server ends\n"),
                bytes = input.fill_buf() => {
                    let bytes = bytes?;
                    if bytes.is_empty() {
                        // Where the connection broke, the line may have been cut off.
                        if let Some(error) = broken {
                            return Err(error);
                        }
                        let rest = self.lines.rest();
                        self.say(rest);
                        // That it has left is one more line: the others' turn, as below.
                        yield_now().await;
                        return Ok("");
                    }
                    let (used, line) = self.lines.take(bytes);
                    input.consume(used);
                    self.say(line);
                    // One line, then it is the others' turn: they hear it before they are so far
                    // behind that they miss some.
                    yield_now().await;
                }
                ready = output.writable(), if broken.is_none() && !caught_up => ready?,
                // Never `None`: the guest has a sender.
                Some(event) = next(&mut self.message_rx), if caught_up => self.hear(event),
            }
        }
    }

    fn say(&mut self, line: Option<Result<Arc<str>, TooLong>>) {
        match line {
            Some(Ok(line)) => self.guest.say(line),
            Some(Err(TooLong)) => self.too_long += 1,
            None => {}
        }
    }

    /// Writes what the client is to be told, as far as the socket takes it.
    fn write_waiting(&mut self, output: &WriteHalf<'_>) -> io::Result<()> {
        // On one thread nothing is said meanwhile: it ends with what is in the ring.
        loop {
            while self.out.len() < BATCH && self.hear_waiting() {}
            if self.out.is_empty() {
                return Ok(());
            }
            match output.try_write(&self.out) {
                Ok(written) => drop(self.out.drain(..written)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Adds what waits next to what is to be written; `false` when nothing waits.
    fn hear_waiting(&mut self) -> bool {
        // Told when there is room, not when it happens: a client that never reads may write on.
        let too_long = mem::take(&mut self.too_long);
        if too_long > 0 {
            let longest = self.lines.longest;
            self.note(format_args!(
                "{too_long} of your lines not passed on: over {longest} bytes"
            ));
            return true;
        }
        match self.message_rx.try_recv() {
            Ok(message) => self.hear(Event::Message(message)),
            Err(TryRecvError::Lagged(missed)) => self.hear(Event::Missed(missed)),
            Err(TryRecvError::Empty | TryRecvError::Closed) => return false,
        }
        true
    }

    fn hear(&mut self, event: Event<Message>) {
        match event {
            Event::Message(message) if message.from == self.guest.id() => {}
            Event::Message(message) => self.out.extend_from_slice(message.text.as_bytes()),
            Event::Missed(missed) => {
                self.note(format_args!("you read too slowly: {missed} lines missed"));
            }
        }
    }

    fn note(&mut self, what: fmt::Arguments<'_>) {
        writeln!(self.out, "* {what}").expect("memory takes what is written to it");
    }

    /// Writes what has been said so far and the `last_words`, and ends the sending side.
    async fn finish(&mut self, output: &mut WriteHalf<'_>, last_words: &str) -> io::Result<()> {
        // What is said from now on is left out: others may talk forever. One more turn than there
        // are messages, for the note on its own lines.
        for _ in 0..=self.message_rx.len() {
            self.hear_waiting();
            if self.out.len() >= BATCH {
                output.write_all(&self.out).await?;
                self.out.clear();
            }
        }
        self.out.extend_from_slice(last_words.as_bytes());
        output.write_all(&self.out).await?;
        output.shutdown().await
    }
}

/// Reads on until the client hangs up, or `LINGER` is over. To close a socket while there is
/// something unread resets the connection: the client would lose what is still on its way to it.
async fn see_off(input: &mut BufReader<ReadHalf<'_>>) -> io::Result<()> {
    match timeout(LINGER, copy_buf(input, &mut sink())).await {
        Ok(hung_up) => hung_up.map(drop),
        Err(_over) => Ok(()),
    }
}
