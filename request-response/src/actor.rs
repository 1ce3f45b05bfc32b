//! Gives a store to one thread, which alone touches it and answers typed requests about it.
//!
//! ```text
//! handles -> [requests, bounded] -> server, owns the entries
//!    ^                                 |
//!    +---------- [one reply] <---------+      a channel for each request
//! ```
//!
//! Use it when several threads share what takes several steps to change, or what may live on one
//! thread only. A lock is less work where each access is short and does one thing. When a caller
//! must not wait for long, see `timeout`; when it asks often, `reused` and `pipelined` cost a part
//! of this.
//!
//! To make it yours, replace the variants of `Request`, their arms in `serve`, and the methods of
//! the handle.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | that of the same calls on a `HashMap` | `the_answers_are_those_of_a_map` |
//! | order | requests of one thread are carried out in its order, one at a time | `the_answers_are_those_of_a_map` |
//! | full queue | the caller waits; the server waits for nobody, so it always gets there | `a_full_queue_makes_the_caller_wait` |
//! | loss | none but by a panic: all that was accepted is carried out before the end | `what_was_accepted_is_carried_out` |
//! | a caller gives up | its request is carried out, its reply is dropped and counted | `a_caller_that_gives_up_harms_nobody` |
//! | the server panics | callers get an error at once, queued or in hand; the join gets the payload | `a_panic_reaches_the_owner_and_all_callers` |
//! | ends | last handle gone -> server empties the queue -> the join gets the entries | `a_hundred_servers_end` |
//!
//! Needs: std only

use std::collections::HashMap;
use std::error::Error;
use std::hash::Hash;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::{fmt, io};

/// What the handles ask the server for: each brings along where its reply goes, and so each has a
/// type of reply of its own.
#[derive(Debug)]
enum Request<K, V> {
    Get(K, SyncSender<Option<V>>),
    Set(K, V, SyncSender<Option<V>>),
    Delete(K, SyncSender<bool>),
}

/// Starts the server, with room for `capacity` requests that wait for it.
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
/// use request_response::actor;
///
/// let (store, server) = actor::start(16)?;
/// store.set("key", "value").wait()?;
/// assert_eq!(store.get("key").wait()?, Some("value"));
/// drop(store);
/// let ended = server.join().expect("no request makes it panic");
/// assert_eq!(ended.entries["key"], "value");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<K, V>(capacity: usize) -> io::Result<(Store<K, V>, Server<K, V>)>
where
    K: Eq + Hash + Send + 'static,
    V: Clone + Send + 'static,
{
    let (request_tx, request_rx) = sync_channel(capacity);
    let thread = thread::Builder::new().name("server".into());
    let server = thread.spawn(move || serve(request_rx))?;
    Ok((Store { request_tx }, server))
}

fn serve<K: Eq + Hash, V: Clone>(request_rx: Receiver<Request<K, V>>) -> Ended<K, V> {
    let (mut entries, mut answered, mut unclaimed) = (HashMap::new(), 0, 0);
    for request in request_rx {
        // No send blocks here: each reply has a channel of its own, with room for it. One fails
        // when its caller has given up, which is no fault of the server.
        let sent = match request {
            Request::Get(key, reply_tx) => reply_tx.send(entries.get(&key).cloned()).is_ok(),
            Request::Set(key, value, reply_tx) => reply_tx.send(entries.insert(key, value)).is_ok(),
            Request::Delete(key, reply_tx) => reply_tx.send(entries.remove(&key).is_some()).is_ok(),
        };
        if sent {
            answered += 1;
        } else {
            unclaimed += 1;
        }
    }
    Ended {
        entries,
        answered,
        unclaimed,
    }
}

/// The thread of a server: joined, it yields what the server leaves behind, or its panic.
pub type Server<K, V> = JoinHandle<Ended<K, V>>;

/// What the server leaves behind: all that it accepted was answered or unclaimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended<K: Eq + Hash, V> {
    /// The state in the end.
    pub entries: HashMap<K, V>,
    /// How many replies were sent.
    pub answered: u64,
    /// How many had nobody to go to any more.
    pub unclaimed: u64,
}

/// A handle to the server; clone it for each thread that wants to ask.
///
/// Its methods return at once, but for a full queue: then they wait for room.
#[derive(Debug)]
pub struct Store<K, V> {
    request_tx: SyncSender<Request<K, V>>,
}

impl<K, V> Store<K, V> {
    /// Asks for the value of `key`.
    pub fn get(&self, key: K) -> Pending<Option<V>> {
        self.ask(|reply_tx| Request::Get(key, reply_tx))
    }

    /// Asks to make `value` that of `key`. The reply is the one before it.
    pub fn set(&self, key: K, value: V) -> Pending<Option<V>> {
        self.ask(|reply_tx| Request::Set(key, value, reply_tx))
    }

    /// Asks to remove `key`. The reply is whether it was there.
    pub fn delete(&self, key: K) -> Pending<bool> {
        self.ask(|reply_tx| Request::Delete(key, reply_tx))
    }

    fn ask<R>(&self, request: impl FnOnce(SyncSender<R>) -> Request<K, V>) -> Pending<R> {
        let (reply_tx, reply_rx) = sync_channel(1);
        let accepted = self.request_tx.send(request(reply_tx)).is_ok();
        Pending { accepted, reply_rx }
    }
}

/// By hand, since `derive` would ask for keys and values that are `Clone`.
impl<K, V> Clone for Store<K, V> {
    fn clone(&self) -> Self {
        let request_tx = self.request_tx.clone();
        Self { request_tx }
    }
}

/// A reply that is to come. To drop it is to give up; the request is carried out all the same.
#[derive(Debug)]
#[must_use = "only `wait` tells what became of the request"]
pub struct Pending<R> {
    accepted: bool,
    reply_rx: Receiver<R>,
}

impl<R> Pending<R> {
    /// Waits for the reply.
    ///
    /// # Errors
    ///
    /// At once, when the server has panicked.
    pub fn wait(self) -> Result<R, Failure> {
        // The request holds the only sender. A server that ends drops what it has in hand, and its
        // receiver with all that is queued: so do std's channels, crossbeam's bounded ones do not.
        let failure = if self.accepted {
            Failure::Unanswered
        } else {
            Failure::NotAccepted
        };
        self.reply_rx.recv().map_err(|_| failure)
    }
}

/// Why a request has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It came too late. It has not been carried out, and may be given to another server.
    NotAccepted,
    /// It was in the queue or in hand when the server ended. It may have been carried out.
    Unanswered,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAccepted => "the server had ended before the request",
            Self::Unanswered => "the server ended before the reply",
        })
    }
}

impl Error for Failure {}
