//! Gives a store to one thread, which answers typed requests about it. Nobody else touches it.
//!
//! ```text
//! handles -> [requests, bounded] -> server, owns the entries
//!    ^                                 |
//!    +---------- [one reply] <---------+      a channel for each request
//! ```
//!
//! Use it when several threads share state that takes several steps to change. A lock is simpler
//! where each access is short and does one thing. When a caller must not wait for long, see
//! [`timeout`]; when it asks often, [`reused`] and [`pipelined`] cost a fraction of this.
//!
//! To make it yours, replace the variants of `Request`, their arms in `serve`, and the methods of
//! the handle.
//!
//! Variants: [`async-tokio/oneshot`] for tasks.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | the same as from the same calls on a `HashMap` | `the_answers_are_those_of_a_map` |
//! | order | requests are carried out one at a time, those of one thread in its order | `the_answers_are_those_of_a_map` |
//! | full queue | the caller waits; the server waits for nobody, so room always comes | `a_full_queue_makes_the_caller_wait` |
//! | loss | none, unless the server panics: it carries out all accepted requests before it ends | `what_was_accepted_is_carried_out` |
//! | a caller gives up | its request is carried out, its reply is dropped and counted | `a_caller_that_gives_up_harms_nobody` |
//! | the server panics | all waiting callers get an error at once; the join gets the payload | `a_panic_reaches_the_owner_and_all_callers` |
//! | ends | last handle gone -> server empties the queue -> the join gets the entries | `a_hundred_servers_end` |
//!
//! [`timeout`]: ../timeout/index.html
//! [`reused`]: ../reused/index.html
//! [`pipelined`]: ../pipelined/index.html
//! [`async-tokio/oneshot`]: ../../async_tokio/oneshot/index.html
//!
//! In short: `examples/a_reply_channel.rs`
//!
//! Needs: std only

use std::collections::HashMap;
use std::error::Error;
use std::hash::Hash;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::{fmt, io};

/// What the handles ask the server for. Each variant carries the sender for its reply, so each can
/// have its own type of reply.
#[derive(Debug)]
enum Request<K, V> {
    Get(K, SyncSender<Option<V>>),
    Set(K, V, SyncSender<Option<V>>),
    Delete(K, SyncSender<bool>),
}

/// Starts the server, with room for `capacity` waiting requests.
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
        // No send blocks here: each reply has its own channel, with room for it. A send fails when
        // the caller has given up, which is no fault of the server.
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
    /// The final state.
    pub entries: HashMap<K, V>,
    /// How many replies were sent.
    pub answered: u64,
    /// How many replies had no one left to receive them.
    pub unclaimed: u64,
}

/// A handle to the server; clone it for each thread that wants to ask.
///
/// Its methods return at once, unless the queue is full: then they wait for room.
#[derive(Debug)]
pub struct Store<K, V> {
    request_tx: SyncSender<Request<K, V>>,
}

impl<K, V> Store<K, V> {
    /// Asks for the value of `key`.
    pub fn get(&self, key: K) -> Pending<Option<V>> {
        self.ask(|reply_tx| Request::Get(key, reply_tx))
    }

    /// Asks to set `key` to `value`. The reply is the value before.
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

/// By hand, since `derive` would require keys and values to be `Clone`.
impl<K, V> Clone for Store<K, V> {
    fn clone(&self) -> Self {
        let request_tx = self.request_tx.clone();
        Self { request_tx }
    }
}

/// A reply that is still to come. Drop it to give up; the request is carried out all the same.
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
        // The request holds the only sender. A server that ends drops the request in hand, and with
        // its receiver all queued ones: that is what std's channels do, but not crossbeam's
        // bounded.
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
    /// The server had ended. The request has not been carried out.
    NotAccepted,
    /// The server ended before it replied. The request may have been carried out.
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
