//! Sends each message to every subscriber on any machine. Who misses some is told how many.
//!
//! `publisher: numbers -> [subject] -> every subscriber, each with a buffer of its own`
//!
//! Use it for events that are soon old: prices, progress, presence. When none may be lost:
//! `work_queue.rs`, or a stream with a consumer for each subscriber. Within one process:
//! `../async-tokio/src/broadcast.rs`. There, all share one buffer. Here, each subscriber pays for
//! its own, and the publisher neither waits nor learns who listens.
//!
//! - A publisher's messages come in order, none of them twice.
//! - A slow subscriber loses what its buffer has no room for (the newest, where tokio's loses the
//!   oldest), a cut-off one what is sent meanwhile. The next one to come tells how many.
//! - `finish` sends a last number, so that a loss at the end is told, too. Lost itself, it is not.
//! - It begins with what is sent after `subscribe`.
//!
//! In short: `examples/publish_and_subscribe.rs` · Tests: `tests/broadcast.rs`
//! Needs: async-nats 0.51.0 (only features ring), tokio-stream 0.1.17

use std::collections::HashMap;

use async_nats::client::{PublishError, PublishErrorKind};
use async_nats::{Client, HeaderMap, Message, SubscribeError, Subscriber};
use tokio_stream::StreamExt;

/// The header that a message has: its publisher and its number, from 1.
const NUMBER: &str = "Number";

/// One who sends. Two on one subject count apart.
#[derive(Debug)]
pub struct Publisher {
    client: Client,
    subject: String,
    /// Like no other publisher's.
    id: String,
    number: u64,
}

impl Publisher {
    /// Publishes on `subject`.
    pub fn new(client: &Client, subject: &str) -> Self {
        Self {
            id: client.new_inbox(),
            client: client.clone(),
            subject: subject.into(),
            number: 0,
        }
    }

    /// Sends to all who listen now. Returns when the client has it; without a connection, the
    /// client keeps some 2,000, and then this waits.
    ///
    /// # Errors
    ///
    /// When the message is larger than the server takes, or the client is closed.
    pub async fn publish(&mut self, message: Vec<u8>) -> Result<(), PublishError> {
        self.send(format!("{} {}", self.id, self.number + 1), message)
            .await?;
        self.number += 1; // Only now: what is not sent is not missed.
        Ok(())
    }

    /// Tells subscribers how many there were, and returns when all has left.
    ///
    /// # Errors
    ///
    /// When the client is closed.
    pub async fn finish(self) -> Result<(), PublishError> {
        self.send(format!("{} {} last", self.id, self.number), Vec::new())
            .await?;
        let left = self.client.flush().await;
        left.map_err(|error| PublishError::with_source(PublishErrorKind::Send, error))
    }

    async fn send(&self, number: String, message: Vec<u8>) -> Result<(), PublishError> {
        let mut headers = HeaderMap::new();
        headers.insert(NUMBER, number);
        let subject = self.subject.clone();
        let sent = self
            .client
            .publish_with_headers(subject, headers, message.into());
        sent.await
    }
}

/// One who listens. How many messages its buffer has room for is an option of the connection:
/// `subscription_capacity`, 65,536 by default.
#[derive(Debug)]
pub struct Subscription {
    messages: Subscriber,
    /// The last number of each publisher.
    seen: HashMap<String, u64>,
    /// The one before which some are missing.
    next: Option<Message>,
}

/// What a subscriber gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What was published.
    Message(Vec<u8>),
    /// So many messages of one publisher are lost, before the next.
    Missed(u64),
}

/// Listens to `subject`: to what this client sends from now on, and others a moment later.
///
/// # Errors
///
/// When the subject is none, or the client is closed.
pub async fn subscribe(client: &Client, subject: &str) -> Result<Subscription, SubscribeError> {
    Ok(Subscription {
        messages: client.subscribe(subject.to_owned()).await?,
        seen: HashMap::new(),
        next: None,
    })
}

impl Subscription {
    /// Waits for the next event; `None` when the client is closed. May be dropped at any time.
    pub async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(message) = self.next.take() {
                return Some(Event::Message(message.payload.to_vec()));
            }
            let message = self.messages.next().await?;
            let Some((id, number, is_last)) = number_of(&message) else {
                continue; // Not of a `Publisher`.
            };
            let seen = if is_last {
                self.seen.remove(&id)
            } else {
                self.seen.insert(id, number)
            };
            // How many should have come. The first message that comes is the beginning.
            let expected = seen.map_or(1, |last| number - last);
            let missed = expected - u64::from(!is_last);
            self.next = (!is_last).then_some(message);
            if missed > 0 && seen.is_some() {
                return Some(Event::Missed(missed));
            }
        }
    }
}

/// The publisher of `message`, its number, and whether it is only the last number.
fn number_of(message: &Message) -> Option<(String, u64, bool)> {
    let mut parts = message.headers.as_ref()?.get(NUMBER)?.as_str().split(' ');
    let (id, number) = (parts.next()?, parts.next()?);
    Some((id.into(), number.parse().ok()?, parts.next().is_some()))
}
