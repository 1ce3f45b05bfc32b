//! Answers clients that ask one thing at a time, each over one reply channel that it keeps: no new
//! channel for each request, and mostly no sleep.
//!
//! ```text
//! client: [sender] -> (request, sender) -> [requests] -> server
//!            ^                                              |
//!            +------------ (reply, sender) <----------------+
//! ```
//!
//! Use it when a caller asks often and needs each answer before it goes on. When it has more to ask
//! meanwhile, [`pipelined`] costs a tenth of this; when it asks now and then, [`actor`] and
//! [`timeout`] are simpler.
//!
//! The only sender of a client's reply channel is its right to ask: it goes along with the request
//! and comes back with the reply. So a client has at most one request at the server, a reply cannot
//! be taken for that to another request, and a server that dies is seen at once: the sender is
//! gone.
//!
//! Most of the cost of a round trip is to put two threads to sleep and wake them up. So both sides
//! spin for a while before they sleep: that is twice as fast where they share a processor, and
//! fifty times as fast where each has its own. The kept channel adds a quarter to that.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each request is answered with its own reply | `each_client_gets_its_own_replies` |
//! | late reply | it is discarded before the next request goes out | `a_late_reply_is_not_taken_for_the_next` |
//! | full queue | there is none: each client has at most one request queued | `a_client_has_one_request_at_the_server` |
//! | a client gives up | its request is carried out; if the client itself is gone, that is counted | `a_client_that_goes_away_harms_nobody` |
//! | the server panics | all waiting clients get an error at once; the join gets the payload | `a_panic_reaches_the_owner_and_all_clients` |
//! | loss | none, unless the server panics: accepted = answered + unclaimed | `a_client_that_goes_away_harms_nobody` |
//! | ends | last client gone -> server empties the queue -> the join gets the state | `a_hundred_servers_end` |
//!
//! [`pipelined`]: ../pipelined/index.html
//! [`actor`]: ../actor/index.html
//! [`timeout`]: ../timeout/index.html
//!
//! In short: `examples/a_reply_channel.rs`
//!
//! Needs: std only

use std::error::Error;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{fmt, io};

/// To put a thread to sleep and wake it up costs 1 to 30 µs. To spin first costs this much more at
/// worst, and mostly saves the sleep.
const SPIN: Duration = Duration::from_micros(50);

/// Starts a server that answers each request with what `handler` returns for it and `state`.
///
/// The thread ends when the last clone of the client is gone, not before: drop yours, then join.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use request_response::reused;
///
/// let add = |sum: &mut u64, n| {
///     *sum += n;
///     *sum
/// };
/// let (mut client, server) = reused::start(0, add)?;
/// let deadline = Instant::now() + Duration::from_secs(5);
/// assert_eq!(client.ask(20, deadline)?, 20);
/// assert_eq!(client.ask(22, deadline)?, 42);
/// drop(client);
/// assert_eq!(server.join().expect("no sum overflows").state, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S, Q, R>(
    mut state: S,
    mut handler: impl FnMut(&mut S, Q) -> R + Send + 'static,
) -> io::Result<(Client<Q, R>, Server<S>)>
where
    S: Send + 'static,
    Q: Send + 'static,
    R: Send + 'static,
{
    let (request_tx, request_rx) = channel::<Request<Q, R>>();
    let serve = move || {
        let (mut answered, mut unclaimed) = (0, 0);
        while let Ok((request, reply_tx)) = spin(&request_rx).or_else(|_| request_rx.recv()) {
            let body = handler(&mut state, request);
            match reply_tx.clone().send(Reply { body, reply_tx }) {
                Ok(()) => answered += 1,
                // The client has gone, which is no fault of the server.
                Err(_) => unclaimed += 1,
            }
        }
        Ended {
            state,
            answered,
            unclaimed,
        }
    };
    let server = thread::Builder::new().name("server".into()).spawn(serve)?;
    Ok((Client::new(request_tx), server))
}

/// Tries to receive for a while, and lets other threads run meanwhile: among them, if they share a
/// processor, the one that will send.
fn spin<T>(message_rx: &Receiver<T>) -> Result<T, TryRecvError> {
    let start = Instant::now();
    loop {
        match message_rx.try_recv() {
            Err(TryRecvError::Empty) if start.elapsed() < SPIN => thread::yield_now(),
            result => return result,
        }
    }
}

/// The thread of a server: joined, it yields what the server leaves behind, or its panic.
pub type Server<S> = JoinHandle<Ended<S>>;

/// What the server leaves behind: all that it accepted was answered or unclaimed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended<S> {
    /// The final state.
    pub state: S,
    /// How many replies were sent.
    pub answered: u64,
    /// How many replies had no one left to receive them.
    pub unclaimed: u64,
}

/// Asks one thing at a time. Clone it for each thread: a clone has its own reply channel. A clone
/// for each request would defeat the purpose, and leave the queue without a bound.
#[derive(Debug)]
pub struct Client<Q, R> {
    request_tx: Sender<Request<Q, R>>,
    /// The right to ask. `None` while the server has it, or it is on its way back.
    reply_tx: Option<Sender<Reply<R>>>,
    reply_rx: Receiver<Reply<R>>,
}

/// What is asked, and the right to ask again, for the server to give back.
type Request<Q, R> = (Q, Sender<Reply<R>>);

#[derive(Debug)]
struct Reply<R> {
    body: R,
    reply_tx: Sender<Reply<R>>,
}

impl<Q, R> Client<Q, R> {
    fn new(request_tx: Sender<Request<Q, R>>) -> Self {
        // Unbounded, like the queue of requests: with one sender to go round, there is at most one
        // message. If nobody takes it, it is dropped with the receiver, as std's channels do: else
        // it would keep its own channel alive forever, by the sender in it.
        let (reply_tx, reply_rx) = channel();
        Self {
            request_tx,
            reply_tx: Some(reply_tx),
            reply_rx,
        }
    }

    /// Sends `request` and waits for the reply until `deadline`. Giving up is harmless: the next
    /// call waits for the late reply first and discards it. The server could not get to the new
    /// request before that anyway.
    ///
    /// # Errors
    ///
    /// After the deadline, or at once when the server has panicked.
    pub fn ask(&mut self, request: Q, deadline: Instant) -> Result<R, Failure> {
        if self.reply_tx.is_none() {
            match self.receive(deadline) {
                // Kept before the late reply is dropped, which may panic.
                Ok(late) => self.reply_tx = Some(late.reply_tx),
                Err(RecvTimeoutError::Timeout) => return Err(Failure::Busy),
                Err(RecvTimeoutError::Disconnected) => {}
            }
        }
        // `None` when it was lost with the server.
        let reply_tx = self.reply_tx.take().ok_or(Failure::NotAccepted)?;
        self.request_tx
            .send((request, reply_tx))
            .map_err(|_| Failure::NotAccepted)?;
        let reply = self.receive(deadline).map_err(|error| match error {
            RecvTimeoutError::Timeout => Failure::TimedOut,
            RecvTimeoutError::Disconnected => Failure::Unanswered,
        })?;
        self.reply_tx = Some(reply.reply_tx);
        Ok(reply.body)
    }

    fn receive(&self, deadline: Instant) -> Result<Reply<R>, RecvTimeoutError> {
        spin(&self.reply_rx).or_else(|_| {
            let left = deadline.saturating_duration_since(Instant::now());
            self.reply_rx.recv_timeout(left)
        })
    }
}

impl<Q, R> Clone for Client<Q, R> {
    fn clone(&self) -> Self {
        Self::new(self.request_tx.clone())
    }
}

/// Why a request has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Until the deadline, the server was busy with a request that was given up before. This one
    /// was not sent.
    Busy,
    /// No reply by the deadline. The request may have been carried out, or may yet be.
    TimedOut,
    /// The server had ended. The request has not been carried out.
    NotAccepted,
    /// The server ended before it replied. The request may have been carried out.
    Unanswered,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the server was busy until the deadline",
            Self::TimedOut => "no reply by the deadline",
            Self::NotAccepted => "the server had ended before the request",
            Self::Unanswered => "the server ended before the reply",
        })
    }
}

impl Error for Failure {}
