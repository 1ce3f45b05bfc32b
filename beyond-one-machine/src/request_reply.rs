//! Asks typed questions of servers anywhere, with a time limit. A group of servers shares them.
//!
//! `ask -> [subject] -> one server of the group -> answer -> [inbox of the request] -> ask`
//!
//! Use it when the caller waits for the answer. When nobody waits, or the question must outlive a
//! server: `work_queue.rs`. Within one process: `../request-response/src/actor.rs`. There, a full
//! queue makes the caller wait. Here, what a server does not keep up with waits in its memory;
//! beyond 65,536 questions it is lost, and callers see that their time is over.
//!
//! - Questions and answers are JSON of your types; what is no such JSON is an error, on both sides.
//! - Without a server, `ask` fails at once. With one that is slow or dies, after the limit.
//!   The question is sent once: at most one server of the group sees it, and it may have answered.
//! - Who of the group gets a question is random. A server answers one at a time.
//! - An error of the server's work comes to the caller as text.
//!
//! Longer than a page: it has two ends, on two machines.
//! In short: `examples/a_request_and_its_reply.rs` · Tests: `tests/request_reply.rs`
//! Needs: async-nats 0.51.0 (only features ring), serde 1.0.225, `serde_json` 1.0.104
//! Needs: tokio 1.44.2 (features macros, time), tokio-stream 0.1.17

use std::fmt::{self, Display};
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use async_nats::client::{Request, RequestErrorKind};
use async_nats::{Client, HeaderMap, Message, Subscriber};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::timeout;
use tokio_stream::StreamExt;

/// The header that an answer has when it is an error: its text. NATS's own services use the same.
const ERROR: &str = "Nats-Service-Error";

/// Asks the servers of `subject`, and waits for the answer.
///
/// ```no_run
/// # async fn f(client: async_nats::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # use beyond_one_machine::request_reply::ask;
/// let limit = std::time::Duration::from_secs(1);
/// let sum: u64 = ask(&client, "sum", &[1, 2, 3], limit).await?;
/// assert_eq!(sum, 6);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// All that [`Failure`] tells.
pub async fn ask<A: DeserializeOwned>(
    client: &Client,
    subject: &str,
    question: &(impl Serialize + ?Sized),
    limit: Duration,
) -> Result<A, Failure> {
    let question = serde_json::to_vec(question).map_err(Failure::Garbled)?;
    let request = Request::new().payload(question.into()).timeout(None);
    // The limit of a `Request` does not hold while the client has no room for it.
    let asked = timeout(limit, client.send_request(subject.to_owned(), request)).await;
    let answer = asked.map_err(|_| Failure::TimedOut)?;
    let answer = answer.map_err(|error| match error.kind() {
        RequestErrorKind::NoResponders => Failure::NoServer,
        RequestErrorKind::TimedOut => Failure::TimedOut,
        _ => not_sent(error),
    })?;
    match answer
        .headers
        .as_ref()
        .and_then(|headers| headers.get(ERROR))
    {
        Some(error) => Err(Failure::Refused(error.to_string())),
        None => serde_json::from_slice(&answer.payload).map_err(Failure::Garbled),
    }
}

/// Becomes a server of `subject` in `group`. It has its share of the questions from here on.
///
/// # Errors
///
/// When the subject is none, or the client is closed.
pub async fn join(client: &Client, subject: &str, group: &str) -> Result<Server, Failure> {
    let questions = client.queue_subscribe(subject.to_owned(), group.to_owned());
    let questions = questions.await.map_err(not_sent)?;
    Ok(Server {
        client: client.clone(),
        questions,
    })
}

/// A server that has joined.
#[derive(Debug)]
pub struct Server {
    client: Client,
    questions: Subscriber,
}

impl Server {
    /// Answers until `leave` is ready: then no new question comes, and those that have come are
    /// answered. One that is on its way at that moment is lost: async-nats drops it.
    ///
    /// # Errors
    ///
    /// When an answer is too large, or the client is closed.
    pub async fn answer<Q: DeserializeOwned, A: Serialize, E: Display, F>(
        mut self,
        leave: impl Future,
        mut work: impl FnMut(Q) -> F,
    ) -> Result<(), Failure>
    where
        F: Future<Output = Result<A, E>>,
    {
        let (mut leave, mut leaving) = (pin!(leave), false);
        loop {
            let question = tokio::select! {
                biased;
                _ = &mut leave, if !leaving => {
                    leaving = true;
                    self.questions.drain().await.map_err(not_sent)?;
                    continue;
                }
                question = self.questions.next() => question,
            };
            let Some(Message { payload, reply, .. }) = question else {
                break;
            };
            let Some(inbox) = reply else { continue }; // Nobody waits.
            let answer = match serde_json::from_slice(&payload) {
                Ok(question) => work(question).await.map_err(|error| error.to_string()),
                Err(error) => Err(format!("it is no question: {error}")),
            };
            let answer = answer.and_then(|answer| {
                serde_json::to_vec(&answer).map_err(|error| format!("it is no answer: {error}"))
            });
            let mut headers = HeaderMap::new();
            let answer = answer.unwrap_or_else(|error| {
                headers.insert(ERROR, error.replace(['\r', '\n'], " "));
                Vec::new()
            });
            let sent = self
                .client
                .publish_with_headers(inbox, headers, answer.into());
            sent.await.map_err(not_sent)?;
        }
        self.client.flush().await.map_err(not_sent)
    }
}

fn not_sent(error: impl Into<async_nats::Error>) -> Failure {
    Failure::NotSent(error.into())
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Failure {
    /// Nobody serves this subject.
    NoServer,
    /// None within the limit. Whether the question was worked on is not known.
    TimedOut,
    /// The work of the server has failed, with this error.
    Refused(String),
    /// Not JSON of the type.
    Garbled(serde_json::Error),
    /// The client has not sent it: too large, say, or the client is closed.
    NotSent(async_nats::Error),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoServer => f.write_str("nobody serves this subject"),
            Self::TimedOut => f.write_str("no answer within the limit"),
            Self::Refused(error) => write!(f, "the server says: {error}"),
            Self::Garbled(error) => write!(f, "not of the expected type: {error}"),
            Self::NotSent(error) => write!(f, "not sent: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
