//! What `fan_out_fan_in` promises:
//! - each job gives one result, with its number: `each_job_gives_one_result`, `no_jobs_give_no_results`
//! - also where it runs twice: `a_job_that_runs_twice_gives_one_result`, `a_worker_that_dies_costs_no_result`
//! - at most `ahead` jobs are on the server: `no_more_than_ahead_are_on_the_server`, `zero_jobs_ahead_are_refused`
//! - a job that ends its workers gives `None`: `a_job_that_ends_its_workers_gives_none`
//! - callers do not get the results of others: `two_callers_share_the_workers`
//! - after a failure or a dropped `next`, it goes on: `a_restart_of_the_server_loses_nothing`
//! - a server that is gone is an error: `a_server_that_is_gone_is_an_error`

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use async_nats::jetstream::message::PublishMessage;
use async_nats::{Client, jetstream};
use beyond_one_machine::fan_out_fan_in::{Results, TRIES, fan_out, work};
use tokio::time::timeout;

use super::support::{connect, tests};

const ACK_WAIT: Duration = Duration::from_millis(300);

fn jobs(count: u8) -> Vec<Vec<u8>> {
    (0..count).map(|n| vec![n]).collect()
}

/// All results, in the order of the jobs.
async fn all<I: Iterator<Item = Vec<u8>>>(mut results: Results<I>) -> Vec<Option<Vec<u8>>> {
    let mut all = Vec::new();
    while let Some(result) = results.next().await.expect("the server is there") {
        all.push(result);
    }
    all.sort();
    for (expected, (number, _)) in all.iter().enumerate() {
        assert_eq!(*number, expected, "one result for each job");
    }
    all.into_iter().map(|(_, result)| result).collect()
}

async fn double(client: &Client) {
    let ended = work(client, "double", ACK_WAIT, async |job| vec![2 * job[0]]).await;
    ended.expect("the server is there");
}

fn doubled(count: u8) -> Vec<Option<Vec<u8>>> {
    (0..count).map(|n| Some(vec![2 * n])).collect()
}

tests! {
    #[test]
    async fn each_job_gives_one_result(server: Server) {
        let client = connect(&server).await;
        let results = fan_out(&client, "double", jobs(100), 8).await.expect("it can");
        tokio::select! {
            results = all(results) => assert_eq!(results, doubled(100)),
            // On another task.
            _ = tokio::spawn({ let client = client.clone(); async move { double(&client).await } }) => {}
            () = double(&client) => {}
        }
    }

    #[test]
    async fn no_jobs_give_no_results(server: Server) {
        let client = connect(&server).await;
        let results = fan_out(&client, "double", jobs(0), 8).await.expect("it can");
        assert!(all(results).await.is_empty());
    }

    #[test]
    async fn a_job_that_runs_twice_gives_one_result(server: Server) {
        let client = connect(&server).await;
        let results = fan_out(&client, "double", jobs(10), 8).await.expect("it can");
        // As of one who died before the acknowledgement, longer ago than the server keeps ids.
        let repeats = async {
            let context = jetstream::new(client.clone());
            let stream = context.get_stream("double-jobs").await.expect("it is there");
            let job = loop {
                // Nothing works yet; the caller sends as we look.
                if let Ok(job) = stream.get_raw_message(3).await {
                    break job;
                }
                tokio::task::yield_now().await;
            };
            let id = job.headers.get("Nats-Msg-Id").expect("it has one").to_string();
            // To the server, ids of other results; to the caller, those of this job.
            for marker in ["a", "b"] {
                let result = PublishMessage::build().payload(vec![job.payload[0] * 2].into());
                let result = result.message_id(format!("{marker}{id}"));
                let subject = job.subject.replace(".jobs.", ".results.");
                let sent = context.send_publish(subject, result).await.expect("it is sent");
                sent.await.expect("it is stored");
            }
            double(&client).await;
        };
        tokio::select! {
            results = all(results) => assert_eq!(results, doubled(10)),
            () = repeats => {}
        }
    }

    #[test]
    async fn a_worker_that_dies_costs_no_result(server: Server) {
        let client = connect(&server).await;
        let results = fan_out(&client, "double", jobs(10), 8).await.expect("it can");
        let begun = Cell::new(0);
        let dies = async {
            let dying = work(&client, "double", ACK_WAIT, async |_| {
                begun.set(begun.get() + 1);
                pending().await
            });
            // One that hangs longer than `ack_wait` is given up.
            let ended = timeout(3 * ACK_WAIT / 2, dying).await;
            ended.expect_err("it is dropped in the middle");
            double(&client).await;
        };
        tokio::select! {
            results = all(results) => assert_eq!(results, doubled(10)),
            () = dies => {}
        }
        assert!(begun.get() > 1, "{begun:?}");
    }

    #[test]
    async fn no_more_than_ahead_are_on_the_server(server: Server) {
        let client = connect(&server).await;
        let taken = Cell::new(0_usize);
        let counted = jobs(50).into_iter().inspect(|_| taken.set(taken.get() + 1));
        let mut results = fan_out(&client, "double", counted, 5).await.expect("it can");
        let consume = async {
            for had in 0..50 {
                results.next().await.expect("the server is there").expect("there is one");
                assert!(taken.get() <= had + 5, "{} taken, {had} had", taken.get());
            }
        };
        tokio::select! {
            () = consume => {}
            () = double(&client) => {}
        }
    }

    #[test]
    async fn a_job_that_ends_its_workers_gives_none(server: Server) {
        let client = connect(&server).await;
        let results = fan_out(&client, "double", jobs(4), 8).await.expect("it can");
        let tries = Cell::new(0);
        let works = work(&client, "double", Duration::from_millis(100), async |job| {
            if job[0] == 2 {
                tries.set(tries.get() + 1);
                pending::<()>().await; // Given up after `ack_wait`.
            }
            vec![2 * job[0]]
        });
        let mut expected = doubled(4);
        expected[2] = None;
        tokio::select! {
            results = all(results) => assert_eq!(results, expected),
            _ = works => {}
        }
        assert_eq!(tries.get(), TRIES);
    }

    #[test]
    async fn two_callers_share_the_workers(server: Server) {
        let client = connect(&server).await;
        let one = fan_out(&client, "double", jobs(50), 8).await.expect("it can");
        let two = fan_out(&client, "double", jobs(30), 8).await.expect("it can");
        tokio::select! {
            (one, two) = async { tokio::join!(all(one), all(two)) } => {
                assert_eq!((one, two), (doubled(50), doubled(30)));
            }
            () = double(&client) => {}
        }
    }

    /// Thirty seconds: the client tries again after up to four, and each question takes up to five.
    #[test]
    #[seconds(30)]
    async fn a_restart_of_the_server_loses_nothing(server: Server) {
        let client = connect(&server).await;
        let mut results = fan_out(&client, "double", jobs(40), 4).await.expect("it can");
        let worker = async { while work(&client, "double", ACK_WAIT, async |job| vec![2 * job[0]]).await.is_err() {} };
        let consume = async {
            let mut had = Vec::new();
            loop {
                match timeout(Duration::from_millis(200), results.next()).await {
                    Ok(Ok(Some(result))) => had.push(result),
                    Ok(Ok(None)) => break,
                    Ok(Err(_)) | Err(_) => {}
                }
                if had.len() == 20 {
                    server.start_again().expect("it starts again");
                    had.push((99, None)); // Only once.
                }
            }
            had.sort();
            had
        };
        let had = tokio::select! {
            had = consume => had,
            () = worker => unreachable!("it goes on"),
        };
        let numbers: Vec<usize> = had.into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, (0..40).chain([99]).collect::<Vec<_>>());
    }

    #[test]
    async fn a_server_that_is_gone_is_an_error(server: Server) {
        let client = connect(&server).await;
        let mut results = fan_out(&client, "double", jobs(1), 1).await.expect("it can");
        server.kill();
        let failure = results.next().await.expect_err("it is gone");
        assert!(anyhow::Error::from(failure).to_string().starts_with("the server has not done it"));
    }

    #[test]
    async fn zero_jobs_ahead_are_refused(server: Server) {
        let client = connect(&server).await;
        let fan_out = async move { fan_out(&client, "double", jobs(1), 0).await.is_ok() };
        assert!(tokio::spawn(fan_out).await.expect_err("it panics").is_panic());
    }
}
