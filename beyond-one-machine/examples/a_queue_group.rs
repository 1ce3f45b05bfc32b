//! A queue group: several subscribers share the messages; each message goes to one of them.
//!
//! publisher -> [subject `jobs`] -> one of the group `workers`
//!
//! Next: `src/work_queue.rs` keeps jobs on the server, for when no worker is there, or one dies.

use std::env;
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = env::var("NATS_URL").unwrap_or("nats://localhost:4222".into());
    let client = async_nats::connect(&url).await?;

    let mut workers = Vec::new();
    for _ in 0..3 {
        workers.push(client.queue_subscribe("jobs", "workers".into()).await?);
    }
    for n in 0..300 {
        client.publish("jobs", n.to_string().into()).await?;
    }
    // There and back: what was sent before has come. To `drain` at once would lose what has not.
    client.request("nobody", "".into()).await.unwrap_err();

    let mut total = 0;
    for mut worker in workers {
        worker.drain().await?; // Its stream ends after what has come.
        let mut count = 0;
        while worker.next().await.is_some() {
            count += 1;
        }
        println!("a worker got {count}"); // Some 100: the server picks at random.
        total += count;
    }
    println!("together {total}");
    Ok(())
}

// Prints:
// a worker got …
// a worker got …
// a worker got …
// together 300
