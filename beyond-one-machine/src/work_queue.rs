//! Queues jobs on a NATS server: they outlive those who submit them and those who work on them.
//!
//! submit -> [stream in a file: `waiting`] -> workers on any machine -> acknowledged, or set aside
//!
//! Use it when one machine is not enough, or when jobs must outlive a process. Otherwise
//! `../worker-pool/src/pool.rs`: there a job is a closure, and runs once, in your own memory.
//! Here a job is bytes, costs two round trips, may run twice, and lies on the server's disk.
//!
//! - At least once: a job goes when its work has succeeded. After `ack_wait` without a sign of its
//!   worker (dead, frozen, cut off) it comes again. Work that is done twice must do no harm.
//! - A job that has failed or ended its worker `tries` times is set aside and counted.
//! - At most `unacknowledged` jobs are with all workers. The oldest goes first; retries come late.
//! - With `waiting` jobs in it, the queue is full: `submit` waits for room, as long as it may.
//! - Of an id, one job is accepted within two minutes. A killed server loses none, a power cut may.
//!
//! Longer than a page: both ends of the queue must agree, and a job can end in three ways.
//! In short: `examples/a_work_queue_with_acks.rs` · Tests: `tests/work_queue.rs`
//! Needs: async-nats 0.51.0 (only features jetstream, ring), tokio-stream 0.1.17
//! Needs: tokio 1.44.2 (features macros, time)

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::context::{PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, AckKind, Context, ErrorCode, Message, stream};
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_stream::StreamExt;

/// What all users of a queue must agree on.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Jobs in the queue, those with workers included.
    pub waiting: u32,
    /// Jobs with workers.
    pub unacknowledged: u32,
    /// How often a job is begun.
    pub tries: u32,
    /// How long a worker may be silent. At work, it gives a sign three times as often.
    pub ack_wait: Duration,
    /// How long the work on a job may take. Longer is a failure.
    pub work: Duration,
}

/// A queue, for those who submit and for those who work.
#[derive(Clone, Debug)]
pub struct Queue {
    context: Context,
    jobs: PullConsumer,
    name: String,
    limits: Limits,
}

impl Queue {
    /// Opens the queue called `name` (letters, digits, `-`, `_`). The first to do so makes it.
    ///
    /// # Errors
    ///
    /// When the server does not answer, runs without `-js`, or has a queue with another `waiting`.
    ///
    /// # Panics
    ///
    /// When `ack_wait` is less than 3 ms.
    pub async fn open(
        client: &async_nats::Client,
        name: &str,
        limits: Limits,
    ) -> Result<Self, Failure> {
        assert!(limits.ack_wait.as_millis() >= 3, "there is time for a sign");
        let mut context = jetstream::new(client.clone());
        context.set_timeout(Duration::from_secs(2)); // Of each question to the server.
        let aside = stream::Config {
            name: format!("{name}-aside"),
            subjects: vec![format!("{name}.aside")],
            ..Default::default()
        };
        context.create_stream(aside).await.map_err(refused)?;
        let jobs = stream::Config {
            name: name.into(),
            subjects: vec![format!("{name}.jobs")],
            retention: stream::RetentionPolicy::WorkQueue,
            max_messages: limits.waiting.into(),
            discard: stream::DiscardPolicy::New, // The default drops the oldest job.
            ..Default::default()
        };
        let jobs = context.create_stream(jobs).await.map_err(refused)?;
        let workers = pull::Config {
            durable_name: Some("workers".into()),
            ack_wait: limits.ack_wait,
            max_ack_pending: limits.unacknowledged.into(),
            ..Default::default()
        };
        Ok(Self {
            jobs: jobs.create_consumer(workers).await.map_err(refused)?,
            name: name.into(),
            context,
            limits,
        })
    }

    /// Returns when the server has stored the job. While the queue is full or the server gives no
    /// answer, tries again, as long as `patience` lasts.
    ///
    /// # Errors
    ///
    /// Why the last try failed. After [`Failure::NoAnswer`], the job may be there all the same:
    /// submit it again, with the same `id`.
    pub async fn submit(&self, id: &str, job: Vec<u8>, patience: Duration) -> Result<(), Failure> {
        let message = PublishMessage::build().payload(job.into()).message_id(id);
        let mut last = Failure::NoAnswer("no time to try".into());
        let tries = async {
            let mut pause = Duration::from_millis(1);
            loop {
                match self.publish("jobs", message.clone()).await {
                    Err(failure @ (Failure::Full | Failure::NoAnswer(_))) => last = failure,
                    ended => return ended,
                }
                sleep(pause).await;
                pause = (pause * 2).min(Duration::from_millis(100));
            }
        };
        let ended = timeout(patience, tries).await;
        ended.unwrap_or(Err(last))
    }

    /// Where jobs come from, for [`work`](Self::work): one at a time with [`next`](Self::next), or
    /// with `shutdown.rs`, which fetches several at once and ends in order.
    pub fn jobs(&self) -> &PullConsumer {
        &self.jobs
    }

    /// Waits for a job. One that comes just as this is dropped comes again after `ack_wait`.
    ///
    /// # Errors
    ///
    /// When the server is shutting down, or the queue has been deleted.
    pub async fn next(&self) -> Result<Message, Failure> {
        loop {
            // After a lost connection, the server has forgotten the request. So they are short.
            let fetch = self
                .jobs
                .batch()
                .max_messages(1)
                .expires(Duration::from_secs(1));
            let mut batch = fetch.messages().await.map_err(refused)?;
            if let Ok(Some(job)) = timeout(Duration::from_secs(2), batch.next()).await {
                return job.map_err(refused);
            }
        }
    }

    /// Does the work on `job`, gives signs meanwhile, and tells the server how it ended. `work` is
    /// not polled where the job has ended too many workers. A panic of it is such an end.
    ///
    /// # Errors
    ///
    /// When the server has not confirmed it. The job may then come again.
    pub async fn work<E: Display>(
        &self,
        job: &Message,
        work: impl Future<Output = Result<(), E>>,
    ) -> Result<End, Failure> {
        let try_number = job.info().map_err(refused)?.delivered;
        if try_number > self.limits.tries.into() {
            return self.set_aside(job, "no worker has come back from it").await;
        }
        let third = self.limits.ack_wait / 3;
        let mut signs = interval_at(Instant::now() + third, third);
        let mut work = pin!(timeout(self.limits.work, work));
        let ended = loop {
            tokio::select! {
                ended = &mut work => break ended,
                // Where it fails, the end will tell.
                _ = signs.tick() => drop(job.ack_with(AckKind::Progress).await),
            }
        };
        let reason = match ended {
            Ok(Ok(())) => {
                job.double_ack().await.map_err(unanswered)?;
                return Ok(End::Done);
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("it took more than {:?}", self.limits.work),
        };
        if try_number >= self.limits.tries.into() {
            return self.set_aside(job, &reason).await;
        }
        Ok(End::Again(reason))
    }

    /// How many jobs wait or are with workers, and how many are set aside.
    ///
    /// # Errors
    ///
    /// When the server does not answer.
    pub async fn count(&self) -> Result<(u64, u64), Failure> {
        let mut counts = [0; 2];
        for (count, end) in counts.iter_mut().zip(["", "-aside"]) {
            let stream = self.context.get_stream(format!("{}{end}", self.name));
            *count = stream
                .await
                .map_err(unanswered)?
                .cached_info()
                .state
                .messages;
        }
        Ok((counts[0], counts[1]))
    }

    /// In this order: where it ends in between, the job comes again, and its copy is known by its
    /// id.
    async fn set_aside(&self, job: &Message, reason: &str) -> Result<End, Failure> {
        let copy = PublishMessage::build().payload(job.payload.clone());
        let copy = copy
            .message_id(id_of(job))
            .header("Reason", reason.replace(['\r', '\n'], " "));
        self.publish("aside", copy).await?;
        job.double_ack().await.map_err(unanswered)?;
        Ok(End::Aside(reason.into()))
    }

    async fn publish(&self, end: &str, message: PublishMessage) -> Result<(), Failure> {
        let sent = self
            .context
            .send_publish(format!("{}.{end}", self.name), message)
            .await;
        sent.map_err(unpublished)?.await.map_err(unpublished)?;
        Ok(())
    }
}

/// The id under which `job` was submitted.
pub fn id_of(job: &Message) -> &str {
    let id = job
        .headers
        .as_ref()
        .and_then(|headers| headers.get(NATS_MESSAGE_ID));
    id.map_or("", |id| id.as_str())
}

/// How the work on a job ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The job is gone.
    Done,
    /// It has failed, for this reason, and comes again after `ack_wait`.
    Again(String),
    /// It has failed too often, the last time for this reason, and is set aside.
    Aside(String),
}

/// Why the server has not done it.
#[derive(Debug)]
pub enum Failure {
    /// The queue, or the server's disk.
    Full,
    /// It is gone, or restarting, or slow.
    NoAnswer(async_nats::Error),
    /// It, or the client, refuses.
    Refused(async_nats::Error),
}

fn unanswered(error: impl Into<async_nats::Error>) -> Failure {
    Failure::NoAnswer(error.into())
}

fn refused(error: impl Into<async_nats::Error>) -> Failure {
    Failure::Refused(error.into())
}

fn unpublished(error: PublishError) -> Failure {
    let source = std::error::Error::source(&error);
    let answer = source.and_then(|source| source.downcast_ref::<jetstream::Error>());

    if answer.is_some_and(|answer| answer.error_code() == ErrorCode::STREAM_STORE_FAILED) {
        return Failure::Full;
    }
    match error.kind() {
        PublishErrorKind::StreamNotFound
        | PublishErrorKind::TimedOut
        | PublishErrorKind::BrokenPipe => unanswered(error),
        _ => refused(error),
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("the queue is full"),
            Self::NoAnswer(error) => write!(f, "no answer: {error}"),
            Self::Refused(error) => write!(f, "refused: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
