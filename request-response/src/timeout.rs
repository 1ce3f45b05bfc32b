//! Asks a server with a time limit for each request: the caller gets a reply, or learns why not.
//!
//! ```text
//! caller -> (request, deadline, sender) -> [requests, bounded] -> server
//!    ^                                                              |
//!    +------------- the first of: [one reply], server gone, deadline
//! ```
//!
//! Use it when an answer is worth nothing after a while, or a server may be slow or stuck. When the
//! server is always quick, [`actor`] has fewer ways to fail; when one caller asks often, [`reused`]
//! has a time limit, too, and costs less.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each request is answered with its own reply | `each_caller_gets_its_own_replies` |
//! | time limit | it covers both the wait for room and that for the reply | `a_deadline_covers_the_queue_and_the_reply` |
//! | full queue | the caller waits for room until its deadline | `a_deadline_covers_the_queue_and_the_reply` |
//! | late reply | it is dropped and counted; no other request sees it | `a_late_reply_disturbs_nobody` |
//! | late request | one whose turn comes after its deadline is counted and not carried out | `a_late_request_is_not_carried_out` |
//! | late request, seen by the server first | the caller gets the same error: its time is up | `a_deadline_that_the_server_sees_first_is_a_deadline` |
//! | the server panics | all waiting callers get an error at once; the join gets the payload | `a_panic_reaches_the_owner_and_all_callers` |
//! | the server ends | a reply that it sent before still arrives | `a_reply_that_was_sent_arrives` |
//! | loss | none, unless the server panics: accepted = answered + unclaimed + expired | `what_was_accepted_is_accounted_for` |
//! | ends | last handle gone -> server empties the queue -> the join gets the state | `a_hundred_servers_end` |
//!
//! [`actor`]: ../actor/index.html
//! [`reused`]: ../reused/index.html
//!
//! In short: `examples/a_reply_with_a_time_limit.rs`
//!
//! Needs: crossbeam-channel 0.5

use std::convert::Infallible;
use std::error::Error;
use std::thread::{self, JoinHandle};
use std::time::Instant;
use std::{fmt, io};

// std's senders cannot wait with a time limit, and its receivers cannot wait for two channels.
use crossbeam_channel::{Receiver, SendTimeoutError, Sender, at, bounded, select_biased};

/// Starts a server that answers each request with what `handler` returns for it and `state`. Up to
/// `capacity` requests wait for it.
///
/// The thread ends when the last clone of the handle is gone, not before: drop yours, then join.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::time::{Duration, Instant};
/// use request_response::timeout;
///
/// let add = |sum: &mut u64, n| {
///     *sum += n;
///     *sum
/// };
/// let (handle, server) = timeout::start(0, 16, add)?;
/// assert_eq!(handle.ask(42, Instant::now() + Duration::from_secs(5))?, 42);
/// drop(handle);
/// assert_eq!(server.join().expect("no sum overflows").state, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S, Q, R>(
    state: S,
    capacity: usize,
    mut handler: impl FnMut(&mut S, Q) -> R + Send + 'static,
) -> io::Result<(Handle<Q, R>, Server<S>)>
where
    S: Send + 'static,
    Q: Send + 'static,
    R: Send + 'static,
{
    let (request_tx, request_rx) = bounded::<Request<Q, R>>(capacity);
    let (alive_tx, alive_rx) = bounded(0);
    let serve = move || {
        let mut ended = Ended {
            state,
            answered: 0,
            unclaimed: 0,
            expired: 0,
        };
        // Dropped as this thread ends, also by a panic, and after the last reply was sent.
        let _alive_tx = alive_tx;
        for request in request_rx {
            if Instant::now() >= request.deadline {
                // Nobody waits for it any more. Work for such requests would keep an overloaded
                // server from those that can still be answered in time.
                ended.expired += 1;
                // Fails when the caller has seen the deadline itself, as it mostly has.
                let _ = request.reply_tx.send(Err(Failure::TimedOut));
                continue;
            }
            let reply = handler(&mut ended.state, request.body);
            match request.reply_tx.send(Ok(reply)) {
                Ok(()) => ended.answered += 1,
                // The caller has given up, which is no fault of the server.
                Err(_) => ended.unclaimed += 1,
            }
        }
        ended
    };
    let server = thread::Builder::new().name("server".into()).spawn(serve)?;
    Ok((
        Handle {
            request_tx,
            alive_rx,
        },
        server,
    ))
}

/// The thread of a server: joined, it yields what the server leaves behind, or its panic.
pub type Server<S> = JoinHandle<Ended<S>>;

/// What the server leaves behind: the counts add up to all requests that it accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended<S> {
    /// The final state.
    pub state: S,
    /// How many replies were sent.
    pub answered: u64,
    /// How many replies had no one left to receive them.
    pub unclaimed: u64,
    /// How many requests were not carried out, since their turn came after their deadline.
    pub expired: u64,
}

#[derive(Debug)]
struct Request<Q, R> {
    body: Q,
    deadline: Instant,
    reply_tx: Sender<Result<R, Failure>>,
}

/// A handle to the server; clone it for each thread that wants to ask.
#[derive(Debug)]
pub struct Handle<Q, R> {
    request_tx: Sender<Request<Q, R>>,
    /// Nothing is ever sent; it is disconnected once the server has ended.
    alive_rx: Receiver<Infallible>,
}

impl<Q, R> Handle<Q, R> {
    /// Sends `request` and waits for the reply until `deadline`.
    ///
    /// # Errors
    ///
    /// After the deadline, or at once when the server has panicked.
    pub fn ask(&self, request: Q, deadline: Instant) -> Result<R, Failure> {
        let (reply_tx, reply_rx) = bounded(1);
        let request = Request {
            body: request,
            deadline,
            reply_tx,
        };
        self.request_tx
            .send_deadline(request, deadline)
            .map_err(|error| match error {
                SendTimeoutError::Timeout(_) => Failure::Full,
                SendTimeoutError::Disconnected(_) => Failure::NotAccepted,
            })?;
        // `reply_rx` alone does not tell of the server's end: a bounded crossbeam channel keeps
        // what is queued after its receiver is gone, so this request, and the sender in it, may
        // outlive the server. However this call and that end overlap, `alive_rx` is disconnected in
        // the end.
        select_biased! {
            recv(reply_rx) -> reply => reply.unwrap_or(Err(Failure::Unanswered)),
            // The last reply was sent before; it may have come since the line above looked.
            recv(self.alive_rx) -> _ => reply_rx.try_recv().unwrap_or(Err(Failure::Unanswered)),
            recv(at(deadline)) -> _ => Err(Failure::TimedOut),
        }
    }
}

impl<Q, R> Clone for Handle<Q, R> {
    fn clone(&self) -> Self {
        Self {
            request_tx: self.request_tx.clone(),
            alive_rx: self.alive_rx.clone(),
        }
    }
}

/// Why a request has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The queue was full until the deadline. The request has not been carried out.
    Full,
    /// No reply by the deadline. The request may have been carried out; it will not be any more,
    /// unless the server is at it already.
    TimedOut,
    /// The server had ended. The request has not been carried out.
    NotAccepted,
    /// The server ended before it replied. The request may have been carried out.
    Unanswered,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no room in the queue by the deadline",
            Self::TimedOut => "no reply by the deadline",
            Self::NotAccepted => "the server had ended before the request",
            Self::Unanswered => "the server ended before the reply",
        })
    }
}

impl Error for Failure {}
