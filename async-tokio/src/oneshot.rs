//! Gives a store to one task, which alone touches it and answers typed requests about it.
//!
//! ```text
//! handles -> [requests, bounded] -> server, owns the entries
//!    ^                                 |
//!    +--------- [oneshot reply] <------+      one for each request
//! ```
//!
//! Use it when tasks share what takes several steps, or an `await`, to change. A `std::sync::Mutex`
//! is less work where no `await` comes between. Not for callers on plain threads: a std channel for
//! the requests and one for each reply do without a runtime.
//!
//! To make it yours, replace the variants of `Request`, their arms in `serve`, and the methods of
//! the handle.
//!
//! Variants: [`request-response/actor`] for threads.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | result | that of the same calls on a `HashMap` | `the_answers_are_those_of_a_map` |
//! | order | requests are carried out in the order of the queue, one at a time | `the_answers_are_those_of_a_map` |
//! | full queue | the caller waits; the server waits for nobody, so it always gets there | `a_full_queue_makes_the_caller_wait` |
//! | loss | none: what was accepted is answered before the end, or counted as unclaimed | `what_was_accepted_is_answered` |
//! | cancelled | a caller dropped before its turn: not carried out, counted as unclaimed; later: carried out | `a_caller_that_gives_up_harms_nobody` |
//! | the server dies | callers get an error at once, queued or in hand | `a_server_that_dies_is_an_error_at_once` |
//! | its last moment | a request sent just then is an error too, and waits for no reply | `a_request_sent_while_the_server_dies_is_an_error` |
//! | the server panics | the same, and its join gets the payload | `a_panic_reaches_the_owner_and_all_callers` |
//! | ends | last handle gone -> server empties the queue -> yields the entries | `a_hundred_servers_end` |
//!
//! [`request-response/actor`]: ../../request_response/actor/index.html
//!
//! In short: `examples/a_oneshot_reply.rs`
//!
//! Needs: tokio 1 (features macros, sync)

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::hash::Hash;
use std::num::NonZeroUsize;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{oneshot, watch};

/// What a handle asks the server for. Each kind carries the sender of its reply, and so has its own
/// type of reply.
#[derive(Debug)]
enum Request<K, V> {
    Get(K, oneshot::Sender<Option<V>>),
    Set(K, V, oneshot::Sender<Option<V>>),
    Delete(K, oneshot::Sender<bool>),
}

/// Returns a handle and its server, with a queue of `capacity` requests between them.
///
/// The server is a future: spawn it where its end is waited for (`tokio::spawn` and its handle, a
/// `JoinSet`, a `TaskTracker`), or run it beside the callers with `join!`. It ends when the last
/// clone of the handle is gone, not before.
///
/// # Example
///
/// ```
/// use std::num::NonZeroUsize;
/// use async_tokio::oneshot;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, server) = oneshot::store(NonZeroUsize::new(16).unwrap());
/// let server = tokio::spawn(server);
/// store.set("key", "value").await?;
/// assert_eq!(store.get("key").await?, Some("value"));
/// drop(store);
/// assert_eq!(server.await?.entries["key"], "value");
/// # Ok(())
/// # }
/// ```
pub fn store<K, V>(capacity: NonZeroUsize) -> (Store<K, V>, impl Future<Output = Ended<K, V>>)
where
    K: Eq + Hash,
    V: Clone,
{
    let (request_tx, request_rx) = mpsc::channel(capacity.get());
    let (alive_tx, alive_rx) = watch::channel(());
    let store = Store {
        request_tx,
        alive_rx,
    };
    (store, serve(request_rx, alive_tx))
}

async fn serve<K: Eq + Hash, V: Clone>(
    mut request_rx: Receiver<Request<K, V>>,
    _alive_tx: watch::Sender<()>,
) -> Ended<K, V> {
    let (mut entries, mut answered, mut unclaimed) = (HashMap::new(), 0, 0);
    while let Some(request) = request_rx.recv().await {
        let claimed = match request {
            Request::Get(key, reply_tx) => reply(reply_tx, || entries.get(&key).cloned()),
            Request::Set(key, value, reply_tx) => reply(reply_tx, || entries.insert(key, value)),
            Request::Delete(key, reply_tx) => reply(reply_tx, || entries.remove(&key).is_some()),
        };
        if claimed {
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

/// Answers, unless the caller has given up: under load, the time is for those who still wait.
fn reply<R>(reply_tx: oneshot::Sender<R>, answer: impl FnOnce() -> R) -> bool {
    // A caller may give up between the two, which is no fault of the server.
    !reply_tx.is_closed() && reply_tx.send(answer()).is_ok()
}

/// What the server leaves behind: all that it accepted was answered or unclaimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended<K: Eq + Hash, V> {
    /// The state in the end.
    pub entries: HashMap<K, V>,
    /// How many replies were sent.
    pub answered: u64,
    /// How many requests had nobody to reply to any more.
    pub unclaimed: u64,
}

/// A handle to the server; clone it for each task that wants to ask.
///
/// Each method waits for room in the queue, then for the reply. To give up, drop its future. For a
/// time limit, put `tokio::time::timeout` around it.
#[derive(Debug)]
pub struct Store<K, V> {
    request_tx: Sender<Request<K, V>>,
    /// Nothing is ever published: it tells when the server is gone.
    alive_rx: watch::Receiver<()>,
}

impl<K, V> Store<K, V> {
    /// Asks for the value of `key`.
    ///
    /// # Errors
    ///
    /// At once, when the server has ended.
    pub async fn get(&self, key: K) -> Result<Option<V>, Failure> {
        self.ask(|reply_tx| Request::Get(key, reply_tx)).await
    }

    /// Asks to make `value` that of `key`. The reply is the one before it.
    ///
    /// # Errors
    ///
    /// At once, when the server has ended.
    pub async fn set(&self, key: K, value: V) -> Result<Option<V>, Failure> {
        self.ask(|reply_tx| Request::Set(key, value, reply_tx))
            .await
    }

    /// Asks to remove `key`. The reply is whether it was there.
    ///
    /// # Errors
    ///
    /// At once, when the server has ended.
    pub async fn delete(&self, key: K) -> Result<bool, Failure> {
        self.ask(|reply_tx| Request::Delete(key, reply_tx)).await
    }

    async fn ask<R>(
        &self,
        request: impl FnOnce(oneshot::Sender<R>) -> Request<K, V>,
    ) -> Result<R, Failure> {
        let (reply_tx, mut reply_rx) = oneshot::channel();
        let sent = self.request_tx.send(request(reply_tx)).await;
        sent.map_err(|_| Failure::NotAccepted)?;
        let mut alive_rx = self.alive_rx.clone();
        let reply = tokio::select! {
            biased;
            reply = &mut reply_rx => reply.ok(),
            // A server that ends drops what it has in hand and what is queued, and so the reply
            // comes to nothing. But a send that had its place before may put the request into the
            // queue just after that: there it stays as long as this handle, unseen.
            _ = alive_rx.changed() => reply_rx.try_recv().ok(),
        };
        reply.ok_or(Failure::Unanswered)
    }
}

// Not derived, which would ask for keys and values that are `Clone`.
impl<K, V> Clone for Store<K, V> {
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
