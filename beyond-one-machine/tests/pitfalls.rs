//! The wrong shapes, shown to lose or repeat, beside the right ones.

#![expect(
    clippy::wildcard_imports,
    reason = "each case is a module, and needs the same"
)]

use std::time::Duration;

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{AckKind, Context, Message, context::PublishError, stream};
use async_nats::{Client, jetstream};
use tokio::time::timeout;
use tokio_stream::StreamExt;

use super::support::{Server, Test, connect, tests};

const ACK_WAIT: Duration = Duration::from_millis(200);

/// The stream `jobs`, and its workers.
async fn queue(
    client: &Client,
    stream: stream::Config,
    workers: pull::Config,
) -> (Context, PullConsumer) {
    let context = jetstream::new(client.clone());
    let stream = stream::Config {
        name: "jobs".into(),
        retention: stream::RetentionPolicy::WorkQueue,
        ..stream
    };
    let stream = context.create_stream(stream).await.expect("it can");
    let workers = pull::Config {
        durable_name: Some("workers".into()),
        ack_wait: ACK_WAIT,
        ..workers
    };
    (
        context,
        stream.create_consumer(workers).await.expect("it can"),
    )
}

/// The same, with a job in it.
async fn queue_of_one(server: &Server) -> (Context, PullConsumer) {
    let client = connect(server).await;
    let (context, workers) =
        queue(&client, stream::Config::default(), pull::Config::default()).await;
    submit(&context, "job").await.expect("it is stored");
    (context, workers)
}

/// The next job, unless there is none for longer than `ack_wait`.
async fn next(workers: &PullConsumer) -> Option<Message> {
    let mut batch = { workers.batch().max_messages(1).expires(3 * ACK_WAIT) }
        .messages()
        .await
        .expect("it can");
    Some(batch.next().await?.expect("it can"))
}

async fn submit(context: &Context, job: &'static str) -> Result<(), PublishError> {
    context.publish("jobs", job.into()).await?.await?;
    Ok(())
}

async fn waiting(context: &Context) -> u64 {
    let stream = context.get_stream("jobs").await.expect("it is there");
    stream.cached_info().state.messages
}

/// A worker that starts late has missed the job.
mod a_subject_keeps_nothing {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let client = connect(&server).await;
            client.publish("jobs", "job".into()).await.expect("it is sent, says the client");
            let mut late = client.subscribe("jobs").await.expect("it can");
            late.drain().await.expect("it can");
            assert!(late.next().await.is_none());
        }

        #[test]
        async fn right(server: Server) {
            let (_, workers) = queue_of_one(&server).await;
            assert!(next(&workers).await.is_some());
        }
    }
}

/// A worker dies, and its job is gone.
mod an_ack_before_the_work {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let (_, workers) = queue_of_one(&server).await;
            let job = next(&workers).await.expect("there is one");
            job.double_ack().await.expect("it can");
            drop(job); // Here it dies.
            assert!(next(&workers).await.is_none());
        }

        #[test]
        async fn right(server: Server) {
            let (_, workers) = queue_of_one(&server).await;
            drop(next(&workers).await.expect("there is one")); // Here it dies.
            assert!(next(&workers).await.is_some());
        }
    }
}

/// A job is done twice at the same time.
mod work_that_takes_longer_than_ack_wait {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let (_, workers) = queue_of_one(&server).await;
            let _at_work = next(&workers).await.expect("there is one");
            assert!(next(&workers).await.is_some());
        }

        #[test]
        async fn right(server: Server) {
            let (_, workers) = queue_of_one(&server).await;
            let at_work = next(&workers).await.expect("there is one");
            let mut other = std::pin::pin!(next(&workers));
            loop {
                match timeout(ACK_WAIT / 3, &mut other).await {
                    Ok(other) => break assert!(other.is_none()),
                    Err(_) => at_work.ack_with(AckKind::Progress).await.expect("it can"),
                }
            }
        }
    }
}

/// Jobs are gone, and nobody is told.
mod a_full_stream_drops_the_oldest {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let client = connect(&server).await;
            let full = stream::Config { max_messages: 1, ..Default::default() };
            let (context, workers) = queue(&client, full, pull::Config::default()).await;
            submit(&context, "one").await.expect("it is stored");
            submit(&context, "two").await.expect("it is stored, says the server");
            assert_eq!(&next(&workers).await.expect("there is one").payload[..], b"two");
        }

        #[test]
        async fn right(server: Server) {
            let client = connect(&server).await;
            let discard = stream::DiscardPolicy::New;
            let full = stream::Config { max_messages: 1, discard, ..Default::default() };
            let (context, workers) = queue(&client, full, pull::Config::default()).await;
            submit(&context, "one").await.expect("it is stored");
            submit(&context, "two").await.expect_err("it is told");
            assert_eq!(&next(&workers).await.expect("there is one").payload[..], b"one");
        }
    }
}

/// `publish(..).await?` succeeds, and there is no such job.
mod one_await_too_few {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let context = jetstream::new(connect(&server).await);
            let _unasked = context.publish("no-stream", "".into()).await.expect("it is sent");
        }

        #[test]
        async fn right(server: Server) {
            let context = jetstream::new(connect(&server).await);
            let sent = context.publish("no-stream", "".into()).await.expect("it is sent");
            sent.await.expect_err("it is not stored");
        }
    }
}

/// A job that fails is in the stream forever, and comes no more.
mod max_deliver_alone {
    use super::*;

    tests! {
        #[test]
        async fn wrong(server: Server) {
            let client = connect(&server).await;
            let once = pull::Config { max_deliver: 1, ..Default::default() };
            let (context, workers) = queue(&client, stream::Config::default(), once).await;
            submit(&context, "poison").await.expect("it is stored");
            drop(next(&workers).await.expect("there is one"));
            assert!(next(&workers).await.is_none());
            assert_eq!(waiting(&context).await, 1);
        }

        #[test]
        async fn right(server: Server) {
            let (context, workers) = queue_of_one(&server).await;
            drop(next(&workers).await.expect("there is one"));
            let again = next(&workers).await.expect("it comes again");
            assert_eq!(again.info().expect("from a stream").delivered, 2);
            // Here `work_queue.rs` stores it elsewhere.
            again.double_ack_with(AckKind::Term).await.expect("it can");
            assert_eq!(waiting(&context).await, 0);
        }
    }
}

/// By module.
pub(crate) fn all() -> Vec<(&'static str, Vec<Test>)> {
    vec![
        (
            "pitfalls::a_subject_keeps_nothing",
            a_subject_keeps_nothing::tests(),
        ),
        (
            "pitfalls::an_ack_before_the_work",
            an_ack_before_the_work::tests(),
        ),
        (
            "pitfalls::work_that_takes_longer_than_ack_wait",
            work_that_takes_longer_than_ack_wait::tests(),
        ),
        (
            "pitfalls::a_full_stream_drops_the_oldest",
            a_full_stream_drops_the_oldest::tests(),
        ),
        ("pitfalls::one_await_too_few", one_await_too_few::tests()),
        ("pitfalls::max_deliver_alone", max_deliver_alone::tests()),
    ]
}
