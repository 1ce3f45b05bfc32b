//! Tasks that share a thread, and what a call that blocks it does to them.

use std::thread;
use std::time::Duration;

use async_tokio::cpu::Cpu;
use async_tokio::mpsc::next_batch;
use async_tokio::shutdown::Tasks;
use common::timeline::{at_work, task};
use rayon::ThreadPoolBuilder;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

/// What to see in the drawing.
pub(crate) const LOOK: &str = "\
Three tasks take turns on one thread, main. While the caller computes there,
the others stand still; while it waits for cpu-0 to do the same, they go on.";

/// How to give the program real work.
pub(crate) const MORE: &str =
    "Real work, a chat: cargo run -p async-tokio -- --listen localhost:7000";

/// How long the caller's computation takes.
const LONG: Duration = Duration::from_millis(300);

/// How long the others work at a time, and the sender waits, as for a socket.
const SHORT: Duration = Duration::from_millis(80);

/// Starts a runtime of its own: not to be called within one.
pub(crate) fn run() -> anyhow::Result<()> {
    let pool = ThreadPoolBuilder::new().num_threads(1);
    let pool = pool.thread_name(|id| format!("cpu-{id}")).build()?;
    let runtime = Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(tasks(&Cpu::new(pool)))
}

async fn tasks(cpu: &Cpu) -> anyhow::Result<()> {
    let (message_tx, message_rx) = channel(4);
    let mut tasks = Tasks::new();
    tasks.spawn(|stop| send(message_tx, stop).instrument(task("sender")));
    tasks.spawn(|_| receive(message_rx).instrument(task("receiver")));
    call(cpu).instrument(task("caller")).await;
    let report = tasks.shutdown(Duration::from_secs(1)).await;
    anyhow::ensure!(report.finished == 2, "a task did not finish: {report:?}");
    Ok(())
}

/// Works on a message, sends it and waits, until told to stop: then it sends a last one.
async fn send(message_tx: Sender<u32>, stop: CancellationToken) {
    for message in 0.. {
        let is_last = stop.is_cancelled();
        work("sends", SHORT);
        // Fails when the receiver has panicked, and the report says so.
        if message_tx.send(message).await.is_err() || is_last {
            return;
        }
        // Over, or told to stop.
        let _ = timeout(SHORT, stop.cancelled()).await;
    }
}

/// Works on what has been sent, until the sender is gone.
async fn receive(mut message_rx: Receiver<u32>) {
    let (mut batch, mut never) = (Vec::new(), std::future::pending());
    while next_batch(&mut message_rx, &mut batch, 4, &mut never).await > 0 {
        work("works", SHORT);
    }
}

/// Computes on the thread that all tasks share, and later on another.
async fn call(cpu: &Cpu) {
    sleep(LONG).await;
    work("computes", LONG);
    sleep(LONG).await;
    cpu.compute(|| work("computes", LONG)).await;
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn work(what: &str, time: Duration) {
    let _block = at_work(what);
    thread::sleep(time);
}
