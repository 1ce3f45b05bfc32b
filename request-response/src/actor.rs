//! Gives state to one thread, and lets others ask it: a request is a closure with its own reply.
//!
//! handles -> [requests, bounded] -> server, owns the state -> [one reply] -> caller
//!
//! Use it when several threads share state that takes several steps to change, or that must stay in
//! its thread. Where each access is short, a lock is simpler. When the server must not work for
//! callers that have given up: `timeout.rs`. When one caller asks often: `reused.rs`,
//! `pipelined.rs`. For tasks: `../async-tokio/src/oneshot.rs`.
//!
//! - Requests are carried out one at a time, those of one thread in its order.
//! - A full queue makes the caller wait; the server waits for nobody, so room always comes.
//! - What was accepted before a `finish` is carried out, also for callers that have given up.
//! - A request that panics leaves its caller without a reply, and the server with new state.
//! - The server ends with the last handle, or at `finish`, when it has carried out what is queued.
//!
//! In short: `examples/send_a_closure.rs` · Tests: `tests/actor.rs`
//! Needs: std only

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SendError, SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// `None` ends the server.
type Request<S> = Option<Box<dyn FnOnce(&mut S) + Send>>;

/// Starts a server with the state that `make` returns. `make` is called in its thread, and again
/// after a request that panicked: the state may be half changed. A panic of `make` ends the server.
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
/// use std::{collections::HashMap, time::Duration};
///
/// let (stock, server) = request_response::actor::start(HashMap::new, 16)?;
/// stock.ask(|stock| stock.insert("apples", 10))?.recv()?;
/// let apples = stock.ask(|stock| stock.remove("apples"))?;
/// assert_eq!(apples.recv_timeout(Duration::from_secs(5))?, Some(10));
/// stock.finish();
/// server.join().expect("a map can be made");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn start<S: 'static>(
    mut make: impl FnMut() -> S + Send + 'static,
    capacity: usize,
) -> io::Result<(Handle<S>, JoinHandle<()>)> {
    let (request_tx, request_rx) = sync_channel::<Request<S>>(capacity);
    let serve = move || {
        let mut state = make();
        while let Ok(Some(request)) = request_rx.recv() {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| request(&mut state))) {
                drop(catch_unwind(AssertUnwindSafe(|| drop(payload)))); // It may panic, too.
                // First, so that `make` finds free what it held.
                drop(catch_unwind(AssertUnwindSafe(|| drop(state))));
                state = make();
            }
        }
    };
    let server = Builder::new().name("server".into()).spawn(serve)?;
    Ok((Handle { request_tx }, server))
}

/// Asks the server. Clone it for each thread.
#[derive(Debug)]
pub struct Handle<S> {
    request_tx: SyncSender<Request<S>>,
}

impl<S> Handle<S> {
    /// Asks for what `request` makes of the state, and returns the channel of the reply: `recv` or
    /// `recv_timeout` it, or drop it to give up. It is disconnected where no reply will come: the
    /// request has panicked, or the server has ended.
    ///
    /// A request that waits for another one to the same server waits forever.
    ///
    /// # Errors
    ///
    /// When the server had ended. The request is not carried out.
    pub fn ask<R: Send + 'static>(
        &self,
        request: impl FnOnce(&mut S) -> R + Send + 'static,
    ) -> Result<Receiver<R>, SendError<()>> {
        // Each reply has a channel of its own, with room for it: the server never waits.
        let (reply_tx, reply_rx) = sync_channel(1);
        let answer = move |state: &mut S| {
            // Fails when the caller has given up.
            let _ = reply_tx.send(request(state));
        };
        let sent = self.request_tx.send(Some(Box::new(answer)));
        sent.map(|()| reply_rx).map_err(|_| SendError(()))
    }

    /// Ends the server once it has carried out what is queued, also if there are other handles.
    pub fn finish(self) {
        // Fails when it has ended before.
        let _ = self.request_tx.send(None);
    }
}

impl<S> Clone for Handle<S> {
    fn clone(&self) -> Self {
        let request_tx = self.request_tx.clone();
        Self { request_tx }
    }
}
