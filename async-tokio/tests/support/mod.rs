//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Poll, Waker};

use testkit::within;
use tokio::runtime::{Builder, Runtime};

pub(crate) mod program;

/// A runtime with one thread, that of the caller, where time passes when all tasks wait for it.
pub(crate) fn paused() -> Runtime {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build();
    runtime.expect("a runtime starts")
}

/// A runtime whose tasks run on two threads, in real time.
pub(crate) fn multi_thread() -> Runtime {
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime starts")
}

/// Runs what `body` makes on each flavour of runtime; not to end within `LIMIT` is a failure.
pub(crate) fn on_each_flavour<F: Future>(body: impl Fn() -> F + Send + 'static) {
    within(move || {
        paused().block_on(body());
        multi_thread().block_on(body());
    });
}

/// Runs `body` on a runtime of one thread, in paused time; not to end within `LIMIT` is a failure.
pub(crate) fn on_paused_time<F: Future>(body: impl FnOnce() -> F + Send + 'static) {
    within(|| {
        paused().block_on(body());
    });
}

/// Polls `future` once: it goes as far as it can without waiting.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// Counts the items that it has handed out, and those of them that are no more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ledger {
    handed_out: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// An item that is seen when it goes.
    pub(crate) fn item(&self) -> Tracked {
        Tracked {
            number: self.handed_out.fetch_add(1, SeqCst),
            dropped: Arc::clone(&self.dropped),
        }
    }

    /// Items without end.
    pub(crate) fn items(&self) -> impl Iterator<Item = Tracked> + Send + use<> {
        let ledger = self.clone();
        std::iter::repeat_with(move || ledger.item())
    }

    pub(crate) fn handed_out(&self) -> usize {
        self.handed_out.load(SeqCst)
    }

    /// How many items are still somewhere: in a queue, in a task or with the test.
    pub(crate) fn alive(&self) -> usize {
        self.handed_out() - self.dropped.load(SeqCst)
    }
}

/// An item that is counted when it is dropped. It cannot be cloned.
#[derive(Debug)]
pub(crate) struct Tracked {
    pub(crate) number: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}
