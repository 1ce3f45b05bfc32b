//! Asks a server with a deadline for each request, which the server honours, too.
//!
//! caller -> [(request, deadline), bounded] -> server, owns the state -> [one reply] -> caller
//!
//! Use it when an answer is worth nothing after a while, and a server that is behind must not work
//! for callers that have given up. Otherwise `actor.rs`, where a caller can give up, too. When one
//! caller asks often: `reused.rs`, which costs less.
//!
//! - The deadline covers both the wait for room in the queue and the wait for the reply.
//! - A request whose turn comes after its deadline is not carried out; any other is.
//! - A late reply is dropped; no other request sees it.
//! - A request that panics leaves its caller without a reply; the server goes on.
//! - The server ends with the last handle, when it has emptied the queue. The join gets the state.
//!
//! In short: `examples/a_reply_with_a_time_limit.rs` · Tests: `tests/timeout.rs`
//! Needs: crossbeam-channel 0.5.17

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};
use std::{error::Error, fmt, io};

// std's senders cannot wait with a time limit.
use crossbeam_channel::{Sender, bounded};

type Request<Q, R> = (Q, Instant, Sender<R>);

/// Starts a server that answers each request with what `handler` returns for it and `state`. When
/// `handler` panics, `state` stays as it is then.
///
/// Up to `capacity` requests wait for the server; memory for them is taken at the start.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Panics
///
/// When memory cannot hold `capacity` requests.
///
/// # Example
///
/// ```
/// use std::time::Duration;
///
/// let add = |sum: &mut u64, n| {
///     *sum += n;
///     *sum
/// };
/// let (handle, server) = request_response::timeout::start(0, 16, add)?;
/// assert_eq!(handle.ask_timeout(42, Duration::from_secs(5))?, 42);
/// drop(handle);
/// assert_eq!(server.join().expect("no request ends it"), 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S: Send + 'static, Q: Send + 'static, R: Send + 'static>(
    mut state: S,
    capacity: usize,
    mut handler: impl FnMut(&mut S, Q) -> R + Send + 'static,
) -> io::Result<(Handle<Q, R>, JoinHandle<S>)> {
    let (request_tx, request_rx) = bounded::<Request<Q, R>>(capacity);
    let serve = move || {
        for (request, deadline, reply_tx) in request_rx {
            let answer = || {
                let reply_tx = reply_tx; // Dropped in here, with a reply that nobody took.
                // Work for late requests would keep a server that is behind from those in time.
                if Instant::now() < deadline {
                    // Fails when the caller has given up meanwhile.
                    let _ = reply_tx.send(handler(&mut state, request));
                }
            };
            if let Err(payload) = catch_unwind(AssertUnwindSafe(answer)) {
                drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))); // It may panic, too.
            }
        }
        state
    };
    let server = Builder::new().name("server".into()).spawn(serve)?;
    Ok((Handle { request_tx }, server))
}

/// Asks the server. Clone it for each thread.
#[derive(Debug)]
pub struct Handle<Q, R> {
    request_tx: Sender<Request<Q, R>>,
}

impl<Q, R> Handle<Q, R> {
    /// Sends `request`, and waits for the reply until `deadline`.
    ///
    /// # Errors
    ///
    /// After the deadline, or at once when `handler` has panicked.
    pub fn ask(&self, request: Q, deadline: Instant) -> Result<R, Failure> {
        let (reply_tx, reply_rx) = bounded(1);
        let request = (request, deadline, reply_tx);
        // Never disconnected: the server ends after the last handle.
        let sent = self.request_tx.send_deadline(request, deadline);
        sent.map_err(|_| Failure::Full)?;
        reply_rx.recv_deadline(deadline).map_err(|_| {
            // By the clock: the server, too, may be the one to see that it is too late.
            if Instant::now() < deadline {
                Failure::Panicked
            } else {
                Failure::TimedOut
            }
        })
    }

    /// The same, with a time limit from now on.
    ///
    /// # Errors
    ///
    /// As those of `ask`.
    pub fn ask_timeout(&self, request: Q, limit: Duration) -> Result<R, Failure> {
        // Some clocks end in a few decades.
        let limit = limit.min(Duration::from_secs(1 << 30));
        self.ask(request, Instant::now() + limit)
    }
}

impl<Q, R> Clone for Handle<Q, R> {
    fn clone(&self) -> Self {
        let request_tx = self.request_tx.clone();
        Self { request_tx }
    }
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The queue was full until the deadline. The request is not carried out.
    Full,
    /// No reply by the deadline. The request is carried out only if its turn had come before.
    TimedOut,
    /// `handler` panicked. The request may have been carried out in part.
    Panicked,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full => "no room in the queue by the deadline",
            Self::TimedOut => "no reply by the deadline",
            Self::Panicked => "the server panicked over the request",
        })
    }
}

impl Error for Failure {}
