//! Request and reply: ask whoever serves a subject, and wait for the answer.
//!
//! caller -> [subject `square`] -> server -> [inbox of this request] -> caller
//!
//! Next: `src/request_reply.rs` adds types, a time limit, and a server that leaves in order.

use std::env;
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = env::var("NATS_URL").unwrap_or("nats://localhost:4222".into());
    let client = async_nats::connect(&url).await?;

    // Without a server, it fails at once: it does not wait for its time limit.
    let error = client.request("square", "7".into()).await.unwrap_err();
    println!("{error}");

    let mut requests = client.subscribe("square").await?;
    let server = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let n: u64 = std::str::from_utf8(&request.payload)?.parse()?;
            let Some(inbox) = request.reply else { continue };
            server.publish(inbox, (n * n).to_string().into()).await?;
        }
        Ok::<(), async_nats::Error>(())
    });

    for n in [7, 8] {
        let reply = client.request("square", n.to_string().into()).await?;
        println!("{n} squared: {:?}", reply.payload);
    }
    Ok(())
}

// Prints:
// no responders: no responders
// 7 squared: b"49"
// 8 squared: b"64"
