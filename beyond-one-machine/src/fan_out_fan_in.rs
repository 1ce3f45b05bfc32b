//! Fans jobs out to workers on any machine, and the results back in, each once.
//!
//! jobs -> [stream `NAME-jobs`] -> workers -> [stream `NAME-results`] -> caller: once by message id
//!
//! Use it when a caller wants the results of many jobs. When it wants that they are done, no more:
//! `work_queue.rs`. Within one process: `../fan-out-fan-in/src/unordered.rs`, which runs each job
//! once, costs microseconds, and ends workers that a caller no longer wants. Here they go on.
//!
//! - Each job gives one result, in any order, also where it runs twice: a result is stored before
//!   its job is acknowledged, and the caller knows by the id those that it has had.
//! - At most `ahead` jobs and results are on the server for a caller. The caller's order is kept by
//!   `number`; it keeps one byte for each job.
//! - A job that has ended `TRIES` workers gives the result `None`.
//! - A caller that dies leaves what it has on the server. Results not taken go after an hour.
//!
//! Longer than a page: it has two ends, on two machines.
//! Tests: `tests/fan_out_fan_in.rs`
//! Needs: async-nats 0.51.0 (only features jetstream, ring), tokio-stream 0.1.17
//! Needs: tokio 1.44.2 (feature time)

use std::fmt;
use std::future::Future;
use std::time::Duration;

use async_nats::Client;
use async_nats::header::NATS_MESSAGE_ID;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::{self, Context, Message, stream};
use tokio::time::timeout;
use tokio_stream::StreamExt;

/// How many workers a job may end.
pub const TRIES: i64 = 3;
/// How long results wait for their caller.
const KEPT: Duration = Duration::from_secs(3600);
/// How long a request for messages is open. After a lost connection, the server has forgotten it.
const OPEN: Duration = Duration::from_secs(1);
/// The header of a result without a result.
const FAILED: &str = "Failed";

/// Sends `jobs` to the workers of `name`, at most `ahead` of them ahead of the results that are
/// taken.
///
/// ```no_run
/// # async fn f(client: async_nats::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # use beyond_one_machine::fan_out_fan_in::fan_out;
/// let jobs = (0..100_u32).map(|n| n.to_be_bytes().to_vec());
/// let mut results = fan_out(&client, "squares", jobs, 16).await?;
/// while let Some((number, result)) = results.next().await? {
///     println!("{number}: {result:?}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// When the server does not answer, or runs without `-js`.
///
/// # Panics
///
/// When `ahead` is 0.
pub async fn fan_out<I: IntoIterator<Item = Vec<u8>>>(
    client: &Client,
    name: &str,
    jobs: I,
    ahead: usize,
) -> Result<Results<I::IntoIter>, Failure> {
    assert!(ahead > 0, "a job must be sent before its result comes");
    let (context, _, results) = open(client, name).await?;
    let run = client.new_inbox().replace('.', "-");
    let own = pull::Config {
        filter_subject: format!("{name}.results.{run}"),
        inactive_threshold: KEPT, // It goes with its caller.
        ..Default::default()
    };
    Ok(Results {
        consumer: results.create_consumer(own).await.map_err(failed)?,
        context,
        subject: format!("{name}.jobs.{run}"),
        run,
        jobs: jobs.into_iter().fuse(),
        unsent: None,
        ahead,
        had: Vec::new(),
        missing: 0,
        batch: None,
    })
}

/// The results of a caller.
pub struct Results<I: Iterator> {
    context: Context,
    consumer: PullConsumer,
    subject: String,
    run: String,
    jobs: std::iter::Fuse<I>,
    /// The one that is being sent.
    unsent: Option<Vec<u8>>,
    ahead: usize,
    /// Whether the result of a job has come.
    had: Vec<bool>,
    missing: usize,
    batch: Option<pull::Batch>,
}

impl<I: Iterator> fmt::Debug for Results<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Results({}, {} missing)", self.run, self.missing)
    }
}

impl<I: Iterator<Item = Vec<u8>>> Results<I> {
    /// The next result, with the number of its job from 0; `None` when all have come. Waits for a
    /// worker as long as it takes, and may be dropped at any time: put `timeout` around it.
    ///
    /// # Errors
    ///
    /// When the server does not answer. Call it again to go on: nothing is lost.
    pub async fn next(&mut self) -> Result<Option<(usize, Option<Vec<u8>>)>, Failure> {
        loop {
            while self.missing < self.ahead {
                self.unsent = self.unsent.take().or_else(|| self.jobs.next());
                let Some(job) = self.unsent.clone() else {
                    break;
                };
                let id = format!("{}/{}", self.run, self.had.len());
                publish(&self.context, &self.subject, &id, job, false).await?;
                self.unsent = None; // Only now: sent again, it has the same id.
                self.had.push(false);
                self.missing += 1;
            }
            if self.missing == 0 {
                return Ok(None);
            }
            let result = next(&self.consumer, &mut self.batch, self.ahead).await?;
            result.ack().await.map_err(Failure)?;
            let number = id_of(&result).and_then(|id| id.rsplit('/').next()?.parse().ok());
            let had = number.and_then(|number: usize| Some((number, self.had.get_mut(number)?)));
            if let Some((number, had @ false)) = had {
                *had = true;
                self.missing -= 1;
                let headers = result.headers.as_ref();
                let is_lost = headers.is_some_and(|headers| headers.get(FAILED).is_some());
                return Ok(Some((number, (!is_lost).then(|| result.payload.to_vec()))));
            }
        }
    }
}

/// Works for the callers of `name` until it is dropped. Then the current job comes again, after
/// `ack_wait`, as it does when the work panics or takes longer.
///
/// # Errors
///
/// When the server does not answer.
pub async fn work<F: Future<Output = Vec<u8>>>(
    client: &Client,
    name: &str,
    ack_wait: Duration,
    mut work: impl FnMut(Vec<u8>) -> F,
) -> Result<(), Failure> {
    let (context, jobs, _) = open(client, name).await?;
    let workers = pull::Config {
        durable_name: Some("workers".into()),
        ack_wait,
        ..Default::default()
    };
    let jobs = jobs.create_consumer(workers).await.map_err(failed)?;
    let mut batch = None;
    loop {
        let job = next(&jobs, &mut batch, 1).await?;
        let is_lost = job.info().map_err(Failure)?.delivered > TRIES;
        let result = if is_lost {
            Some(Vec::new())
        } else {
            timeout(ack_wait, work(job.payload.to_vec())).await.ok()
        };
        let (Some(result), Some(id)) = (result, id_of(&job)) else {
            continue; // It comes again.
        };
        let subject = job.subject.replacen(".jobs.", ".results.", 1);
        publish(&context, &subject, id, result, is_lost).await?;
        job.double_ack().await.map_err(Failure)?;
    }
}

async fn open(
    client: &Client,
    name: &str,
) -> Result<(Context, stream::Stream, stream::Stream), Failure> {
    let context = jetstream::new(client.clone());
    let stream = |end: &str, max_age| stream::Config {
        name: format!("{name}-{end}"),
        subjects: vec![format!("{name}.{end}.*")],
        retention: stream::RetentionPolicy::WorkQueue,
        max_age,
        ..Default::default()
    };
    let jobs = context
        .create_stream(stream("jobs", Duration::ZERO))
        .await
        .map_err(failed)?;
    let results = context
        .create_stream(stream("results", KEPT))
        .await
        .map_err(failed)?;
    Ok((context, jobs, results))
}

async fn publish(
    context: &Context,
    subject: &str,
    id: &str,
    payload: Vec<u8>,
    is_lost: bool,
) -> Result<(), Failure> {
    let mut message = PublishMessage::build()
        .payload(payload.into())
        .message_id(id);
    if is_lost {
        message = message.header(FAILED, "it has ended its workers");
    }
    let sent = context
        .send_publish(subject.to_owned(), message)
        .await
        .map_err(failed)?;
    sent.await.map_err(failed)?;
    Ok(())
}

/// May be dropped at any time: what is on its way stays in `batch`.
async fn next(
    consumer: &PullConsumer,
    batch: &mut Option<pull::Batch>,
    ahead: usize,
) -> Result<Message, Failure> {
    loop {
        if let Some(open) = batch {
            match timeout(2 * OPEN, open.next()).await {
                Ok(Some(message)) => return message.map_err(Failure),
                _ => *batch = None,
            }
        }
        let fetch = consumer.batch().max_messages(ahead).expires(OPEN);
        *batch = Some(fetch.messages().await.map_err(failed)?);
    }
}

fn id_of(message: &Message) -> Option<&str> {
    let id = message.headers.as_ref()?.get(NATS_MESSAGE_ID)?;
    Some(id.as_str())
}

/// The server has not answered, or refuses.
#[derive(Debug)]
pub struct Failure(async_nats::Error);

fn failed(error: impl Into<async_nats::Error>) -> Failure {
    Failure(error.into())
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server has not done it: {}", self.0)
    }
}

impl std::error::Error for Failure {}
