//! A worker that is told to stop takes no new job, ends the current one, and gives back the rest.
//!
//! [jobs on the server] -> `ahead` of them fetched -> worker, until the stop -> report
//!
//! Use it around `work` of `work_queue.rs`, or around any pull consumer. A worker that simply dies
//! loses nothing either: its jobs come again after `ack_wait`, and the current one is done twice.
//! Within one process: `../select-shutdown/src/shutdown.rs`, which abandons what is left.
//!
//! - The stop comes before any fetched job, and wakes a worker that waits for one.
//! - The current job may go on for `drain`. Then it is dropped, and comes again after `ack_wait`.
//! - What is fetched and not begun comes to others within two seconds. It counts as a delivery.
//! - It returns when what it has told the server has left: acknowledgements are not lost.
//! - It waits for a server that is gone or restarts, as long as `silence`; then it is an error.
//!
//! Tests: `tests/shutdown.rs`
//! Needs: async-nats 0.51.0 (only features jetstream, ring), tokio-stream 0.1.17
//! Needs: tokio 1.44.2 (features macros, time)

use std::future::Future;
use std::io;
use std::pin::pin;
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::consumer::{PullConsumer, pull::Batch};
use async_nats::jetstream::{AckKind, Message};
use tokio::time::{Instant, sleep, timeout};
use tokio_stream::StreamExt;

/// A request for jobs is open for so long. When the connection is lost, the server forgets it.
const OPEN: Duration = Duration::from_secs(1);

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Jobs fetched at once: 1, or as many as are done within `ack_wait`, to save round trips.
    pub ahead: usize,
    /// How long the current job may take after the stop.
    pub drain: Duration,
    /// How long the server may be silent.
    pub silence: Duration,
}

/// Calls `work` with one job after the other until `stop` is ready. The work acknowledges its job,
/// and tells whether it is done. For jobs of `work_queue.rs`, that is `queue.work(&job,
/// ..).await.is_ok()`.
///
/// # Errors
///
/// [`io::ErrorKind::TimedOut`], when the server has been silent for too long.
///
/// # Panics
///
/// When `limits.ahead` is 0. A panic of `work` is passed on.
pub async fn run<F: Future<Output = bool>>(
    client: &Client,
    jobs: &PullConsumer,
    limits: Limits,
    stop: impl Future,
    mut work: impl FnMut(Message) -> F,
) -> io::Result<Report> {
    assert!(limits.ahead > 0, "a worker fetches a job or more");
    let (mut stop, mut report, mut stopped) = (pin!(stop), Report::default(), false);
    let mut fetched = Fetched {
        batch: None,
        heard: Instant::now(),
    };
    while !stopped {
        let job = tokio::select! {
            biased;
            _ = &mut stop => break,
            job = fetched.next(jobs, limits) => job?,
        };
        let mut working = pin!(work(job));
        let ended = tokio::select! {
            biased;
            ended = &mut working => Some(ended),
            _ = &mut stop => {
                stopped = true;
                timeout(limits.drain, working).await.ok()
            }
        };
        match ended {
            Some(true) => report.completed += 1,
            Some(false) => report.failed += 1,
            None => report.cut_off += 1,
        }
    }
    report.given_back = fetched.give_back().await;
    // Fails only with the connection, and then there is nothing to wait for.
    let _ = timeout(OPEN, client.flush()).await;
    Ok(report)
}

/// What has been fetched and not begun.
struct Fetched {
    batch: Option<Batch>,
    /// When a request last ended in time.
    heard: Instant,
}

impl Fetched {
    /// May be dropped at any time: what is on its way stays in `self`.
    async fn next(&mut self, jobs: &PullConsumer, limits: Limits) -> io::Result<Message> {
        loop {
            if let Some(batch) = &mut self.batch {
                match timeout(2 * OPEN, batch.next()).await {
                    Ok(Some(Ok(job))) => return Ok(job),
                    Ok(None) => self.heard = Instant::now(), // It says that the request has ended.
                    Ok(Some(Err(_))) => sleep(OPEN / 10).await, // It is shutting down, say.
                    Err(_) => {}
                }
            }
            if self.heard.elapsed() > limits.silence {
                let what = format!("no sign of the server for {:?}", limits.silence);
                return Err(io::Error::new(io::ErrorKind::TimedOut, what));
            }
            let fetch = jobs.batch().max_messages(limits.ahead).expires(OPEN);
            self.batch = fetch.messages().await.ok();
        }
    }

    /// Until the request ends: jobs may come until then. If it fails, they come after `ack_wait`.
    async fn give_back(self) -> usize {
        let Some(mut rest) = self.batch else {
            return 0;
        };
        let mut given_back = 0;
        while let Ok(Some(Ok(job))) = timeout(2 * OPEN, rest.next()).await {
            given_back += usize::from(job.ack_with(AckKind::Nak(Some(OPEN))).await.is_ok());
        }
        given_back
    }
}

/// What became of the jobs that a worker has fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// `work` said `true`.
    pub completed: usize,
    /// `work` said `false`.
    pub failed: usize,
    /// Not ended within `drain`.
    pub cut_off: usize,
    /// Not begun.
    pub given_back: usize,
}
