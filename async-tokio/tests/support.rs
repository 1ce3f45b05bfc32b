//! What the tests of several patterns need.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use testkit::within;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::Receiver;

/// Of paused time, which passes at once when nothing else can be done.
pub(crate) const HOUR: Duration = Duration::from_secs(3_600);

/// A runtime with one thread, that of the caller, where time passes when all tasks wait for it.
pub(crate) fn paused() -> Runtime {
    let mut builder = Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build();
    runtime.expect("a runtime starts")
}

/// A runtime whose tasks run on two threads, in real time.
pub(crate) fn multi_thread() -> Runtime {
    let mut builder = Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build();
    runtime.expect("a runtime starts")
}

/// Runs what `body` makes on each flavour of runtime; not to end within `LIMIT` is a failure.
pub(crate) fn on_each_flavour<F: Future>(body: impl Fn() -> F + Send + 'static) {
    within(move || {
        paused().block_on(body());
        multi_thread().block_on(body());
    });
}

/// Polls `future` once: it goes as far as it can without waiting.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// All that comes until the end.
pub(crate) async fn receive<T>(mut message_rx: Receiver<T>) -> Vec<T> {
    let mut received = Vec::new();
    while let Some(message) = message_rx.recv().await {
        received.push(message);
    }
    received
}
