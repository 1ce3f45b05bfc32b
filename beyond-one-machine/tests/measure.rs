//! Jobs in a second, with empty work: the README has what this prints.
//! `cargo test --release -p beyond-one-machine -- --ignored --nocapture measure`

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, stream};
use beyond_one_machine::shutdown::{Limits as Worker, run};
use beyond_one_machine::work_queue::{Limits, Queue};
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_stream::StreamExt;

use super::support::{Server, connect};

const JOBS: usize = 20_000;
const SUBMITTERS: usize = 4;
const AHEAD: usize = 64;
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) fn measure() {
    let runtime = Runtime::new().expect("it starts");
    println!(
        "{:>8} {:>22} {:>22} {:>9}",
        "workers", "pattern: submit, work", "bare: submit, work", "in-process"
    );
    for workers in [1, 2, 4] {
        // Each on an empty server, in turn; the best of five.
        let (mut ours, mut bare) = ((0, 0), (0, 0));
        for _ in 0..5 {
            let server = Server::start().expect("it starts");
            ours = best(ours, runtime.block_on(with_pattern(&server, workers)));
            let server = Server::start().expect("it starts");
            bare = best(bare, runtime.block_on(without(&server, workers)));
        }
        let pool = pool(workers);
        println!(
            "{workers:>8} {:>11} {:>10} {:>11} {:>10} {pool:>9}",
            ours.0, ours.1, bare.0, bare.1
        );
    }
}

fn best(one: (usize, usize), other: (usize, usize)) -> (usize, usize) {
    (one.0.max(other.0), one.1.max(other.1))
}

fn per_second(start: Instant) -> usize {
    let micros = usize::try_from(start.elapsed().as_micros()).expect("it fits");
    JOBS * 1_000_000 / micros
}

async fn with_pattern(server: &Server, workers: usize) -> (usize, usize) {
    let limits = Limits {
        waiting: 1_000_000,
        unacknowledged: 10_000,
        tries: 3,
        ack_wait: LIMIT,
        work: LIMIT,
    };
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for submitter in 0..SUBMITTERS {
        let client = connect(server).await;
        let queue = Queue::open(&client, "jobs", limits).await.expect("it can");
        tasks.spawn(async move {
            for n in 0..JOBS / SUBMITTERS {
                let id = format!("{submitter}/{n}");
                queue
                    .submit(&id, vec![0; 100], LIMIT)
                    .await
                    .expect("it is stored");
            }
        });
    }
    tasks.join_all().await;
    let submitted = per_second(start);

    let (left, done) = (Arc::new(AtomicUsize::new(JOBS)), Arc::new(Notify::new()));
    let waits = Arc::clone(&done);
    let mut all_done = std::pin::pin!(waits.notified());
    all_done.as_mut().enable();
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let client = connect(server).await;
        let queue = Queue::open(&client, "jobs", limits).await.expect("it can");
        let (left, done) = (Arc::clone(&left), Arc::clone(&done));
        tasks.spawn(async move {
            let how = Worker {
                ahead: AHEAD,
                drain: LIMIT,
                silence: LIMIT,
            };
            let stop = done.notified();
            let work = |job| {
                let (queue, left, done) = (queue.clone(), Arc::clone(&left), Arc::clone(&done));
                async move {
                    let end = queue.work(&job, async { Ok::<_, String>(()) }).await;
                    if left.fetch_sub(1, SeqCst) == 1 {
                        done.notify_waiters();
                    }
                    end.is_ok()
                }
            };
            tokio::pin!(stop);
            stop.as_mut().enable();
            run(&client, queue.jobs(), how, stop, work)
                .await
                .expect("it is there")
        });
    }
    all_done.await;
    let worked = per_second(start);
    tasks.join_all().await;
    (submitted, worked)
}

/// The same calls to the server, and nothing else.
async fn without(server: &Server, workers: usize) -> (usize, usize) {
    let consumer = |client| async move {
        let config = stream::Config {
            name: "jobs".into(),
            retention: stream::RetentionPolicy::WorkQueue,
            ..Default::default()
        };
        let stream = jetstream::new(client)
            .create_stream(config)
            .await
            .expect("it can");
        let config = pull::Config {
            durable_name: Some("workers".into()),
            max_ack_pending: 10_000,
            ..Default::default()
        };
        let consumer: PullConsumer = stream.create_consumer(config).await.expect("it can");
        consumer
    };
    consumer(connect(server).await).await;
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..SUBMITTERS {
        let context = jetstream::new(connect(server).await);
        tasks.spawn(async move {
            for _ in 0..JOBS / SUBMITTERS {
                let sent = context
                    .publish("jobs", vec![0; 100].into())
                    .await
                    .expect("it is sent");
                sent.await.expect("it is stored");
            }
        });
    }
    tasks.join_all().await;
    let submitted = per_second(start);

    let left = Arc::new(AtomicUsize::new(JOBS));
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..workers {
        let consumer = consumer(connect(server).await).await;
        let left = Arc::clone(&left);
        tasks.spawn(async move {
            while left.load(SeqCst) > 0 {
                let fetch = consumer.fetch().max_messages(AHEAD);
                let mut batch = fetch.messages().await.expect("it can");
                while let Some(job) = batch.next().await {
                    job.expect("it is there")
                        .double_ack()
                        .await
                        .expect("it can");
                    left.fetch_sub(1, SeqCst);
                }
            }
        });
    }
    tasks.join_all().await;
    (submitted, per_second(start))
}

/// `worker-pool`'s.
fn pool(workers: usize) -> usize {
    let start = Instant::now();
    let pool = worker_pool::pool::Pool::start(workers, AHEAD).expect("it starts");
    for _ in 0..JOBS {
        pool.execute(|| {});
    }
    pool.finish();
    per_second(start)
}
