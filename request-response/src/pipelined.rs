//! Keeps many requests of one client in flight, and matches the replies by number, in any order.
//!
//! ```text
//! client -> (request, reply to) -> [requests] -> server -> answers now or later, or hands it on
//!    ^                                              |
//!    +---------------- [numbered replies] <---------+
//! ```
//!
//! Use it when a client has more to ask before it has the answer: many requests then share one
//! wake-up. When it needs each answer before it goes on, see [`reused`].
//!
//! With each request, the server gets a promise to reply, [`ReplyTo`]. It is kept by sending the
//! reply, on any thread, or broken by dropping it, as a server that panics does. Either way the
//! client gets one message, and so neither loses count nor waits for a reply that cannot come.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | each request is answered with its own reply | `each_reply_is_that_of_its_request` |
//! | order | requests of one client are handled in its order; replies come as they are sent | `replies_may_come_in_any_order` |
//! | any thread | a reply may be sent by another thread than the server's | `a_reply_may_be_sent_by_another_thread` |
//! | limit | a client with `limit` requests in flight gets the next one back: it must receive first | `no_more_than_the_limit_are_in_flight` |
//! | no deadlock | no send blocks, on either side, at any limit | `a_limit_of_one_is_enough` |
//! | account | sent = answered + lost, also when the server panics | `what_was_sent_is_answered_or_lost` |
//! | refused | the client has the request back, and no reply will come for it | `what_is_refused_is_not_in_flight` |
//! | a client goes away | the server gets its replies back, and may count or drop them | `a_client_that_goes_away_harms_nobody` |
//! | the server panics | requests queued or in hand are lost at once; the join gets the payload | `a_panic_reaches_the_owner_and_all_clients` |
//! | ends | last client gone -> server empties the queue -> the join gets the state | `a_hundred_servers_end` |
//!
//! [`reused`]: ../reused/index.html
//!
//! In short: `examples/a_reply_channel.rs`
//!
//! Needs: std only

use std::error::Error;
use std::num::NonZeroUsize;
use std::sync::mpsc::{Receiver, SendError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::{fmt, io};

/// Starts a server that calls `handler` with `state`, each request, and the promise to reply to it.
///
/// Each client may have `limit` requests in flight. With a hundred or more, wake-ups are rare, and
/// a request costs a tenth of a round trip or less. The thread ends when the last clone of the
/// client is gone, not before: drop yours, then join.
///
/// # Errors
///
/// When the system refuses to start a thread.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use request_response::pipelined::{self, ReplyTo};
///
/// let square = |calls: &mut u32, n: u64, reply_to: ReplyTo<u64>| {
///     *calls += 1;
///     // An error means that the client has gone: nobody wants the reply.
///     let _ = reply_to.send(n * n);
/// };
/// let (mut client, server) = pipelined::start(0, NonZeroUsize::new(8).unwrap(), square)?;
/// for n in 0..8 {
///     let number = client.send(n).expect("there is room for 8");
///     assert_eq!(number, n);
/// }
/// while let Some((number, reply)) = client.receive() {
///     assert_eq!(reply?, number * number);
/// }
/// drop(client);
/// assert_eq!(server.join().expect("no square overflows"), 8);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S, Q, R>(
    mut state: S,
    limit: NonZeroUsize,
    mut handler: impl FnMut(&mut S, Q, ReplyTo<R>) + Send + 'static,
) -> io::Result<(Client<Q, R>, JoinHandle<S>)>
where
    S: Send + 'static,
    Q: Send + 'static,
    R: Send + 'static,
{
    // Both queues are unbounded, so that no send waits: two threads that wait for room in each
    // other's queue wait forever. The limit bounds both: a client has no more requests in the one
    // and no more replies in the other.
    let (request_tx, request_rx) = channel();
    let serve = move || {
        for (request, reply_to) in request_rx {
            handler(&mut state, request, reply_to);
        }
        state
    };
    let server = thread::Builder::new().name("server".into()).spawn(serve)?;
    Ok((Client::new(request_tx, limit.get()), server))
}

/// What comes back: the number of the request, and its reply.
pub type Reply<R> = (u64, Result<R, Lost>);

/// Sends requests and receives replies. A clone is a client of its own, with the same limit.
#[derive(Debug)]
pub struct Client<Q, R> {
    request_tx: Sender<(Q, ReplyTo<R>)>,
    /// To be cloned into each request.
    reply_tx: Sender<Reply<R>>,
    reply_rx: Receiver<Reply<R>>,
    limit: usize,
    in_flight: usize,
    next_number: u64,
}

impl<Q, R> Client<Q, R> {
    fn new(request_tx: Sender<(Q, ReplyTo<R>)>, limit: usize) -> Self {
        let (reply_tx, reply_rx) = channel();
        Self {
            request_tx,
            reply_tx,
            reply_rx,
            limit,
            in_flight: 0,
            next_number: 0,
        }
    }

    /// Sends a request without waiting, and returns its number: they count from 0.
    ///
    /// # Errors
    ///
    /// Gives the request back when the limit is reached or the server has panicked.
    pub fn send(&mut self, request: Q) -> Result<u64, Refused<Q>> {
        if self.in_flight == self.limit {
            return Err(Refused::Full(request));
        }
        let number = self.next_number;
        let reply_to = ReplyTo {
            number,
            reply_tx: Some(self.reply_tx.clone()),
        };
        if let Err(SendError((request, mut reply_to))) = self.request_tx.send((request, reply_to)) {
            reply_to.reply_tx = None; // Lest its drop report as lost what was never accepted.
            return Err(Refused::Gone(request));
        }
        self.next_number += 1;
        self.in_flight += 1;
        Ok(number)
    }

    /// Waits for the next reply, and returns it; `None` when nothing is in flight.
    pub fn receive(&mut self) -> Option<Reply<R>> {
        if self.in_flight == 0 {
            return None;
        }
        // This client holds a sender, too, so the channel does not end with the server. But each
        // request in flight has a `ReplyTo`, which sends one message. When the server ends, those
        // that are queued are dropped with its receiver: that is what std's channels do, but not
        // crossbeam's bounded ones.
        let reply = self.reply_rx.recv().ok()?;
        self.in_flight -= 1;
        Some(reply)
    }
}

impl<Q, R> Clone for Client<Q, R> {
    fn clone(&self) -> Self {
        Self::new(self.request_tx.clone(), self.limit)
    }
}

/// A promise to reply to one request. If it is dropped without a reply, the client gets [`Lost`].
#[derive(Debug)]
pub struct ReplyTo<R> {
    number: u64,
    /// There until the promise is kept.
    reply_tx: Option<Sender<Reply<R>>>,
}

impl<R> ReplyTo<R> {
    /// Sends the reply. Does not wait.
    ///
    /// # Errors
    ///
    /// Gives it back when the client has gone, which is no fault of the server.
    pub fn send(mut self, reply: R) -> Result<(), R> {
        let reply_tx = self.reply_tx.take();
        match reply_tx.map(|reply_tx| reply_tx.send((self.number, Ok(reply)))) {
            Some(Err(SendError((_, Ok(reply))))) => Err(reply),
            _ => Ok(()),
        }
    }
}

impl<R> Drop for ReplyTo<R> {
    fn drop(&mut self) {
        if let Some(reply_tx) = self.reply_tx.take() {
            // Fails when the client has gone: nobody needs to know.
            let _ = reply_tx.send((self.number, Err(Lost)));
        }
    }
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused<Q> {
    /// As many requests as the limit allows are in flight: receive a reply first.
    Full(Q),
    /// The server has panicked. The request has not been carried out.
    Gone(Q),
}

impl<Q> fmt::Display for Refused<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "too many requests in flight",
            Self::Gone(_) => "the server had ended before the request",
        })
    }
}

impl<Q: fmt::Debug> Error for Refused<Q> {}

/// There will be no reply: the server ended, or dropped the request. It may have been carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lost;

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server dropped the request without a reply")
    }
}

impl Error for Lost {}
