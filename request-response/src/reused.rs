//! Advanced: a round trip for little, over a reply channel that each client keeps.
//!
//! client -> [(request, sender)] -> server, owns the state -> [kept reply channel] -> client
//!
//! Use it when a caller asks often and needs each answer before it goes on. When it has more to ask
//! meanwhile, `pipelined.rs` costs a tenth of this. When it asks now and then: `actor.rs`.
//!
//! Most of the cost of a round trip is to put two threads to sleep and wake them up. So both sides
//! spin before they sleep: twice as fast where they share a processor, 50 times where they do not.
//!
//! - A client has at most one request at the server, so that the queue needs no bound.
//! - What was sent is carried out, also for clients that have given up or gone. A late reply is
//!   discarded before the next request is sent.
//! - A request that panics leaves its client without a reply; the server goes on.
//! - The server ends with the last client, when it has emptied the queue. The join gets the state.
//!
//! In short: `examples/a_reply_channel.rs` · Tests: `tests/reused.rs`
//! Needs: std only

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::{self, Builder, JoinHandle};
use std::time::{Duration, Instant};
use std::{error::Error, fmt, io};

/// To sleep and be woken costs 1 to 30 µs. To spin first costs this much at worst.
const SPIN: Duration = Duration::from_micros(50);

/// With the channel for the reply, which is `None` when the handler has panicked.
type Request<Q, R> = (Q, Sender<Option<R>>);

/// Starts a server that answers each request with what `handler` returns for it and `state`. When
/// `handler` panics, `state` stays as it is then.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// let (mut client, _server) = request_response::reused::start((), |_, n: u64| n * n)?;
/// assert_eq!(client.ask(7, Duration::from_secs(5))?, 49);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S: Send + 'static, Q: Send + 'static, R: Send + 'static>(
    mut state: S,
    mut handler: impl FnMut(&mut S, Q) -> R + Send + 'static,
) -> io::Result<(Client<Q, R>, JoinHandle<S>)> {
    let (request_tx, request_rx) = channel::<Request<Q, R>>();
    let serve = move || {
        while let Some((request, reply_tx)) = receive(&request_rx, Duration::MAX) {
            let answer = || {
                // Fails when the client has gone.
                let _ = reply_tx.send(Some(handler(&mut state, request)));
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(answer)) {
                let _ = reply_tx.send(None);
                drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))); // It may panic, too.
            }
        }
        state
    };
    let server = Builder::new().name("server".into()).spawn(serve)?;
    Ok((Client::new(request_tx), server))
}

/// Spins before it sleeps, and lets other threads run meanwhile: among them, if they share a
/// processor, the one that will send.
fn receive<T>(message_rx: &Receiver<T>, limit: Duration) -> Option<T> {
    let start = Instant::now();
    while start.elapsed() < SPIN {
        match message_rx.try_recv() {
            Err(TryRecvError::Empty) => thread::yield_now(),
            result => return result.ok(),
        }
    }
    let left = limit.saturating_sub(start.elapsed());
    message_rx.recv_timeout(left).ok()
}

/// Asks one thing at a time. Clone it for each thread: a clone has a reply channel of its own.
#[derive(Debug)]
pub struct Client<Q, R> {
    request_tx: Sender<Request<Q, R>>,
    reply: (Sender<Option<R>>, Receiver<Option<R>>),
    is_late: bool,
}

impl<Q, R> Client<Q, R> {
    fn new(request_tx: Sender<Request<Q, R>>) -> Self {
        Self {
            request_tx,
            reply: channel(),
            is_late: false,
        }
    }

    /// Sends `request` and waits for the reply, `limit` at most. To give up is harmless: the next
    /// call first waits for the late reply. Before that, the server has no time for it anyway.
    ///
    /// # Errors
    ///
    /// When there is no reply by then, or at once when `handler` has panicked.
    pub fn ask(&mut self, request: Q, mut limit: Duration) -> Result<R, Failure> {
        if self.is_late {
            let start = Instant::now();
            receive(&self.reply.1, limit).ok_or(Failure::Busy)?;
            limit = limit.saturating_sub(start.elapsed());
        }
        // Never fails: the server ends after the last client.
        let _ = self.request_tx.send((request, self.reply.0.clone()));
        self.is_late = true; // Unless it comes in time.
        let reply = receive(&self.reply.1, limit).ok_or(Failure::TimedOut)?;
        self.is_late = false;
        reply.ok_or(Failure::Panicked)
    }
}

impl<Q, R> Clone for Client<Q, R> {
    fn clone(&self) -> Self {
        Self::new(self.request_tx.clone())
    }
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The server was busy all the time with a request given up before. This one is not sent.
    Busy,
    /// No reply within the time limit. The request is carried out all the same.
    TimedOut,
    /// `handler` panicked. The request may have been carried out in part.
    Panicked,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the server was busy until the time limit",
            Self::TimedOut => "no reply within the time limit",
            Self::Panicked => "the server panicked over the request",
        })
    }
}

impl Error for Failure {}
