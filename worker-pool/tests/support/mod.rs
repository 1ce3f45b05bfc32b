//! What the tests of several pools need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::convert::Infallible;
use std::panic::panic_any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// Counts the jobs made here that have begun, have ended well, and are no more.
#[derive(Clone, Default)]
pub(crate) struct Ledger {
    pub(crate) made: Arc<AtomicU64>,
    pub(crate) begun: Arc<AtomicU64>,
    pub(crate) completed: Arc<AtomicU64>,
    pub(crate) dropped: Arc<AtomicU64>,
}

impl Ledger {
    /// A job that does `work`; whether it runs or not, its end is seen.
    pub(crate) fn job(
        &self,
        work: impl FnOnce() + Send + 'static,
    ) -> impl FnOnce() + Send + 'static {
        let ledger = self.clone();
        ledger.made.fetch_add(1, SeqCst);
        let token = OnDrop(Arc::clone(&ledger.dropped));
        move || {
            let _token = token;
            ledger.begun.fetch_add(1, SeqCst);
            work();
            ledger.completed.fetch_add(1, SeqCst);
        }
    }

    pub(crate) fn get(counter: &AtomicU64) -> u64 {
        counter.load(SeqCst)
    }

    /// (completed, failed, not begun), with all jobs gone.
    pub(crate) fn outcome(&self) -> (u64, u64, u64) {
        let [made, begun, completed, dropped] =
            [&self.made, &self.begun, &self.completed, &self.dropped]
                .map(|counter| Self::get(counter));
        assert_eq!(dropped, made, "a job is left behind");
        (completed, begun - completed, made - begun)
    }
}

struct OnDrop(Arc<AtomicU64>);

impl Drop for OnDrop {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// Holds a worker until the test lets it go, or fails.
pub(crate) struct Gate {
    entered_rx: Receiver<()>,
    key_tx: Sender<Infallible>,
}

impl Gate {
    /// A gate, and a job that stands in it.
    pub(crate) fn new() -> (Self, impl FnOnce() + Send + 'static) {
        let (entered_tx, entered_rx) = mpsc::channel();
        let (key_tx, key_rx) = mpsc::channel::<Infallible>();
        let job = move || {
            entered_tx.send(()).expect("the test waits for it");
            key_rx.recv().expect_err("a key is never sent");
        };
        (Self { entered_rx, key_tx }, job)
    }

    pub(crate) fn wait_until_entered(&self) {
        self.entered_rx.recv().expect("the job comes to it");
    }

    /// The gate stays closed until it is dropped, too.
    pub(crate) fn key(&self) -> Sender<Infallible> {
        self.key_tx.clone()
    }

    /// Does so once all keys are gone.
    pub(crate) fn open(self) {
        drop(self.key_tx);
    }
}

/// A payload that panics again when it is dropped.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic_any("dropped");
        }
    }
}
