//! Gives a store to one task, which answers typed requests about it. Nobody else touches it.
//!
//! `handles -> [requests, bounded] -> server, owns the entries -> [one reply] -> the handle`
//!
//! Use it when a change of shared state takes an `.await`; otherwise, a `std::sync::Mutex` is less
//! work. For callers on threads: `../request-response/src/actor.rs`.
//!
//! - Requests are carried out one at a time, in order. A full queue makes the caller wait.
//! - A caller that gives up harms nobody. If it does so before its turn, its request is not
//!   carried out.
//! - A server that dies is an error for its callers at once, even for one that asks at that moment.
//! - When the last handle is gone, the server answers what is queued, and yields the entries.
//!
//! Longer than a page: two kinds of request, each with its own reply.
//! In short: `examples/a_oneshot_reply.rs` · Tests: `tests/oneshot.rs`
//! Needs: tokio 1.44.2 (features macros, sync)

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::{error::Error, fmt};

use tokio::sync::{mpsc, oneshot, watch};

/// What a handle asks for. Each variant carries the sender of its reply, and so has its own type of
/// reply. To make this page yours, replace the variants, their arms in `serve`, and their methods.
enum Request<K, V> {
    Get(K, oneshot::Sender<Option<V>>),
    Set(K, V, oneshot::Sender<Option<V>>),
}

/// A handle to the server, to clone for each task. Each method waits for room in the queue, then
/// for the reply; to give up, drop its future.
#[derive(Debug)]
pub struct Store<K, V> {
    request_tx: mpsc::Sender<Request<K, V>>,
    /// Nothing is ever published: it tells when the server is gone.
    alive_rx: watch::Receiver<()>,
}

impl<K: Eq + Hash, V: Clone> Store<K, V> {
    /// Returns a handle and its server, a future to spawn, with `capacity` places between them.
    ///
    /// # Panics
    ///
    /// When `capacity` is 0, or more than tokio's limit, an eighth of `usize::MAX`.
    ///
    /// # Example
    ///
    /// ```
    /// use async_tokio::oneshot::Store;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let (store, server) = Store::new(16);
    /// let server = tokio::spawn(server);
    /// store.set("key", "value").await?;
    /// assert_eq!(store.get("key").await?, Some("value"));
    /// drop(store); // The server ends.
    /// assert_eq!(server.await?["key"], "value");
    /// # Ok(())
    /// # }
    /// ```
    pub fn new(capacity: usize) -> (Self, impl Future<Output = HashMap<K, V>>) {
        let (request_tx, request_rx) = mpsc::channel(capacity);
        let (alive_tx, alive_rx) = watch::channel(());
        let store = Self {
            request_tx,
            alive_rx,
        };
        (store, serve(request_rx, alive_tx))
    }

    /// Asks for the value of `key`.
    ///
    /// # Errors
    ///
    /// At once, when the server has ended.
    pub async fn get(&self, key: K) -> Result<Option<V>, Failure> {
        self.ask(|reply_tx| Request::Get(key, reply_tx)).await
    }

    /// Asks to set `key` to `value`. The reply is the value before.
    ///
    /// # Errors
    ///
    /// At once, when the server has ended.
    pub async fn set(&self, key: K, value: V) -> Result<Option<V>, Failure> {
        self.ask(|reply_tx| Request::Set(key, value, reply_tx))
            .await
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
            // A server that ends drops all requests, and with them the senders of replies. But a
            // send that had its place before may come just after: that request stays in the queue.
            _ = alive_rx.changed() => reply_rx.try_recv().ok(),
        };
        reply.ok_or(Failure::Unanswered)
    }
}

// Not derived: that would ask for `K: Clone` and `V: Clone`.
impl<K, V> Clone for Store<K, V> {
    fn clone(&self) -> Self {
        Self {
            request_tx: self.request_tx.clone(),
            alive_rx: self.alive_rx.clone(),
        }
    }
}

async fn serve<K: Eq + Hash, V: Clone>(
    mut request_rx: mpsc::Receiver<Request<K, V>>,
    _alive_tx: watch::Sender<()>,
) -> HashMap<K, V> {
    let mut entries = HashMap::new();
    while let Some(request) = request_rx.recv().await {
        match request {
            Request::Get(key, reply_tx) => reply(reply_tx, || entries.get(&key).cloned()),
            Request::Set(key, value, reply_tx) => reply(reply_tx, || entries.insert(key, value)),
        }
    }
    entries
}

/// Answers, unless the caller has given up: under load, the time is for those who still wait.
fn reply<R>(reply_tx: oneshot::Sender<R>, answer: impl FnOnce() -> R) {
    if !reply_tx.is_closed() {
        // Fails when the caller gives up meanwhile, which is no fault of the server.
        let _ = reply_tx.send(answer());
    }
}

/// Why a request has no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It came too late. It has not been carried out.
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
