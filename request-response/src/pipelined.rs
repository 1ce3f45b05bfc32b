//! Advanced: many requests of a client in flight, and replies in any order, from any thread.
//!
//! client -> [(request, reply to)] -> server, or whoever replies for it -> [all replies] -> client
//!
//! Use it when a client has more to ask before it has the answer: many requests then share one
//! wake-up. When it needs each answer first: `reused.rs`. When it asks now and then: `actor.rs`.
//!
//! - Requests of a client are handled in its order; replies come as they are sent, numbered.
//! - Each request gets a reply, or the news that there is none: the handler panicked or dropped it.
//! - A client with `limit` requests in flight must receive before it sends, and so no send waits.
//! - The server goes on after a panic, with the state as it is then, and ends with the last client,
//!   when it has emptied the queue. The join gets the state.
//!
//! In short: `examples/a_worker_beside_a_gui.rs` · Tests: `tests/pipelined.rs`
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvError, RecvTimeoutError, Sender, TrySendError, channel};
use std::thread::{Builder, JoinHandle};
use std::{io, time::Duration};

/// Starts a server that calls `handler` with `state`, each request, and the promise to reply to it.
/// Each client may have `limit` requests in flight: with a hundred or more, wake-ups are rare.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Panics
///
/// When `limit` is 0.
///
/// # Example
///
/// ```
/// let (mut client, _server) =
///     request_response::pipelined::start((), 100, |_, n: u64, reply_to| reply_to.send(n * n))?;
/// let number = client.send(7)?;
/// assert_eq!(client.receive(), Some((number, Ok(49))));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S: Send + 'static, Q: Send + 'static, R: Send + 'static>(
    mut state: S,
    limit: usize,
    mut handler: impl FnMut(&mut S, Q, ReplyTo<R>) + Send + 'static,
) -> io::Result<(Client<Q, R>, JoinHandle<S>)> {
    assert!(limit > 0, "a client must be able to send");
    let (request_tx, request_rx) = channel(); // The limit bounds it, and no send waits.
    let serve = move || {
        for (request, reply_to) in request_rx {
            let answer = || handler(&mut state, request, reply_to);
            if let Err(payload) = catch_unwind(AssertUnwindSafe(answer)) {
                drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))); // It may panic, too.
            }
        }
        state
    };
    let server = Builder::new().name("server".into()).spawn(serve)?;
    Ok((Client::new(request_tx, limit), server))
}

/// The number of the request, and its reply: an error when there will be none.
pub type Reply<R> = (u64, Result<R, RecvError>);

/// Sends requests and receives replies. A clone is a client of its own, with the same limit.
#[derive(Debug)]
pub struct Client<Q, R> {
    request_tx: Sender<(Q, ReplyTo<R>)>,
    reply: (Sender<Reply<R>>, Receiver<Reply<R>>),
    limit: usize,
    sent: u64,
    received: u64,
}

impl<Q, R> Client<Q, R> {
    fn new(request_tx: Sender<(Q, ReplyTo<R>)>, limit: usize) -> Self {
        Self {
            request_tx,
            reply: channel(),
            limit,
            sent: 0,
            received: 0,
        }
    }

    /// Whether one must receive before the next send.
    pub fn is_full(&self) -> bool {
        self.sent - self.received == self.limit as u64
    }

    /// Sends a request without waiting, and returns its number: they count from 0.
    ///
    /// # Errors
    ///
    /// When the client is full. The request is dropped.
    pub fn send(&mut self, request: Q) -> Result<u64, TrySendError<()>> {
        if self.is_full() {
            return Err(TrySendError::Full(()));
        }
        let reply_to = ReplyTo(self.sent, Some(self.reply.0.clone()));
        let _ = self.request_tx.send((request, reply_to)); // The server ends after its clients.
        self.sent += 1;
        Ok(self.sent - 1)
    }

    /// Waits for the next reply; `None` when nothing is in flight.
    pub fn receive(&mut self) -> Option<Reply<R>> {
        let reply = (self.received < self.sent).then(|| self.reply.1.recv().ok())??;
        self.received += 1;
        Some(reply)
    }

    /// Waits for the next reply, `limit` at most.
    ///
    /// # Errors
    ///
    /// `Timeout` when it has not come by then, `Disconnected` when nothing is in flight.
    pub fn receive_timeout(&mut self, limit: Duration) -> Result<Reply<R>, RecvTimeoutError> {
        if self.received == self.sent {
            return Err(RecvTimeoutError::Disconnected);
        }
        let reply = self.reply.1.recv_timeout(limit)?;
        self.received += 1;
        Ok(reply)
    }
}

impl<Q, R> Clone for Client<Q, R> {
    fn clone(&self) -> Self {
        Self::new(self.request_tx.clone(), self.limit)
    }
}

/// A promise to reply to one request. Dropped, it tells the client that no reply will come.
#[derive(Debug)]
pub struct ReplyTo<R>(u64, Option<Sender<Reply<R>>>);

impl<R> ReplyTo<R> {
    /// Sends the reply, unless the client has gone. Does not wait.
    pub fn send(mut self, reply: R) {
        let _ = self.1.take().map(|tx| tx.send((self.0, Ok(reply))));
    }
}

impl<R> Drop for ReplyTo<R> {
    fn drop(&mut self) {
        let _ = self.1.take().map(|tx| tx.send((self.0, Err(RecvError))));
    }
}
