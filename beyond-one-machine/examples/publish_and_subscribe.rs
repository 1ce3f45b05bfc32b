//! Publish and subscribe: every subscriber gets every message, on any machine. Nobody else does.
//!
//! publisher -> [subject `news.*`] -> each subscriber that listens now
//!
//! Next: `src/broadcast.rs` tells a slow subscriber how many messages it has lost.

use std::env;
use tokio_stream::StreamExt;

#[tokio::main]
async fn main() -> Result<(), async_nats::Error> {
    let url = env::var("NATS_URL").unwrap_or("nats://localhost:4222".into());
    let client = async_nats::connect(&url).await?;

    client
        .publish("news.early", "lost: nobody listens yet".into())
        .await?;
    let mut all = client.subscribe("news.*").await?; // `*` stands for one word.
    let mut sport = client.subscribe("news.sport").await?;
    client.publish("news.sport", "2:1".into()).await?;
    client.publish("news.weather", "rain".into()).await?;

    // A subscription has no end: it is the reader who knows when to stop.
    for _ in 0..2 {
        let message = all.next().await.unwrap();
        println!("all: {} {:?}", message.subject, message.payload);
    }
    let message = sport.next().await.unwrap();
    println!("sport: {} {:?}", message.subject, message.payload);
    Ok(())
}

// Prints:
// all: news.sport b"2:1"
// all: news.weather b"rain"
// sport: news.sport b"2:1"
