//! A server shuts down: no new connection, those that are open finish, and then it ends.
//!
//! stop -> token -> accept loop ends -> connections end -> tracker.wait()
//!
//! Next: `src/shutdown.rs` does not wait forever: it aborts what has not ended in time.

use tokio::sync::mpsc;
use tokio::time::{Duration, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

async fn serve(connection: u32, stop: CancellationToken) {
    let mut requests = 0;
    // Between two requests, not in one: what has begun is finished. With axum, all of this is
    // `serve(..).with_graceful_shutdown(stop.cancelled_owned())`.
    while !stop.is_cancelled() {
        sleep(Duration::from_millis(20)).await; // Stands for a request.
        requests += 1;
    }
    println!("connection {connection}: closed after {requests} requests");
}

#[tokio::main]
async fn main() {
    let (client_tx, mut client_rx) = mpsc::channel(8); // Stands for a `TcpListener`.
    client_tx.send(1).await.unwrap();
    client_tx.send(2).await.unwrap();

    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    let accept = async {
        while let Some(connection) = client_rx.recv().await {
            tracker.spawn(serve(connection, stop.clone()));
        }
    };
    tokio::select! {
        biased; // Who has connected is served, even if the stop comes at the same moment.
        () = accept => {}
        () = sleep(Duration::from_millis(100)) => {} // Stands for `tokio::signal::ctrl_c()`.
    }

    println!("shutting down");
    stop.cancel();
    tracker.close(); // `wait` returns when it is closed and the last task has ended.
    tracker.wait().await;
}

// Prints, in any order:
// shutting down
// connection 1: closed after … requests
// connection 2: closed after … requests
