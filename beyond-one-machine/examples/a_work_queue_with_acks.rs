//! A work queue with acknowledgements: a job that is not acknowledged comes again.
//!
//! submit -> [stream, in a file of the server] -> worker -> ack: only now the job goes
//!
//! Next: `src/work_queue.rs` sets aside what fails too often, and waits while the queue is full.

use async_nats::jetstream::{self, consumer::pull, stream};
use std::{env, time::Duration};
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = env::var("NATS_URL").unwrap_or("nats://localhost:4222".into());
    let context = jetstream::new(async_nats::connect(&url).await?);
    let stream = context.create_stream(stream::Config {
        name: "mail".into(), // Its subject, too.
        retention: stream::RetentionPolicy::WorkQueue,
        ..Default::default()
    });
    let stream = stream.await?;
    let workers = stream.create_consumer(pull::Config {
        durable_name: Some("workers".into()), // Shared by all who use this name.
        ack_wait: Duration::from_millis(200),
        ..Default::default()
    });
    let workers = workers.await?;

    for job in ["one", "two", "three"] {
        // The first `await` sends, the second waits until the server has stored it.
        context.publish("mail", job.into()).await?.await?;
    }
    let mut jobs = workers.stream().messages().await?;
    for n in 1..=4 {
        let Some(job) = jobs.next().await else { break };
        let job = job?;
        println!("{:?}, delivery {}", job.payload, job.info()?.delivered);
        if n != 2 {
            job.double_ack().await?; // After the work. "two" has no luck at first.
        }
    }
    Ok(())
}

// Prints:
// b"one", delivery 1
// b"two", delivery 1
// b"three", delivery 1
// b"two", delivery 2
