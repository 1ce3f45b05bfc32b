//! What `shutdown` promises:
//! - the stop wakes a worker that waits: `a_stop_wakes_a_worker_that_waits`
//! - the current job ends, no other begins, and the rest goes to others: `the_current_job_ends_and_the_rest_is_given_back`
//! - after `drain`, the current job is dropped, and comes again: `a_job_that_takes_too_long_is_cut_off`
//! - a failed job is counted: `what_the_work_says_is_counted`
//! - a server that restarts is waited for: `a_server_that_restarts_is_waited_for`
//! - zero jobs at once are refused: `a_worker_that_fetches_nothing_is_refused`
//! - one that is gone is an error: `a_server_that_is_gone_is_an_error`

use std::cell::Cell;
use std::future::{pending, ready};
use std::time::Duration;

use async_nats::Client;
use async_nats::jetstream::Message;
use async_nats::jetstream::consumer::{PullConsumer, pull};
use async_nats::jetstream::{self, stream};
use beyond_one_machine::shutdown::{Limits, Report, run};
use testkit::LIMIT;
use tokio::sync::Notify;

use super::support::{Server, connect, tests};

const LIMITS: Limits = Limits {
    ahead: 4,
    drain: LIMIT,
    silence: LIMIT,
};
const ACK_WAIT: Duration = Duration::from_secs(1);

/// A consumer of a queue of so many jobs.
async fn jobs(server: &Server, count: usize) -> (Client, PullConsumer) {
    let client = connect(server).await;
    let context = jetstream::new(client.clone());
    let stream = stream::Config {
        name: "jobs".into(),
        retention: stream::RetentionPolicy::WorkQueue,
        ..Default::default()
    };
    let stream = context.create_stream(stream).await.expect("it can");
    let workers = pull::Config {
        durable_name: Some("workers".into()),
        ack_wait: ACK_WAIT,
        ..Default::default()
    };
    let consumer = stream.create_consumer(workers).await.expect("it can");
    for _ in 0..count {
        let sent = context
            .publish("jobs", "".into())
            .await
            .expect("it is sent");
        sent.await.expect("it is stored");
    }
    (client, consumer)
}

async fn done(job: Message) -> bool {
    job.ack().await.is_ok()
}

/// How many are left, worked off.
async fn left(client: &Client, consumer: &PullConsumer, count: usize) {
    let (all, stop) = (Cell::new(0), Notify::new());
    let work = async |job: Message| {
        all.set(all.get() + 1);
        if all.get() == count {
            stop.notify_one();
        }
        done(job).await
    };
    let report = run(client, consumer, LIMITS, stop.notified(), work).await;
    let expected = Report {
        completed: count,
        ..Report::default()
    };
    assert_eq!(report.expect("the server is there"), expected);
}

tests! {
    #[test]
    async fn a_stop_wakes_a_worker_that_waits(server: Server) {
        let (client, jobs) = jobs(&server, 0).await;
        let report = run(&client, &jobs, LIMITS, tokio::time::sleep(ACK_WAIT / 10), done).await;
        assert_eq!(report.expect("the server is there"), Report::default());
        // On another task.
        let at_once = tokio::spawn(async move { run(&client, &jobs, LIMITS, ready(()), done).await });
        let at_once = at_once.await.expect("it ends");
        assert_eq!(at_once.expect("the server is there"), Report::default());
    }

    #[test]
    async fn the_current_job_ends_and_the_rest_is_given_back(server: Server) {
        let (client, jobs) = jobs(&server, 10).await;
        let stop = Notify::new();
        let number = Cell::new(0);
        let work = async |job: Message| {
            number.set(number.get() + 1);
            if number.get() == 2 {
                stop.notify_one();
                tokio::task::yield_now().await; // It hears of the stop in the middle.
            }
            done(job).await
        };
        // It must not be polled again once it is ready.
        let stop = async { stop.notified().await };
        let report = run(&client, &jobs, LIMITS, stop, work).await;
        let expected = Report { completed: 2, given_back: 2, ..Report::default() };
        assert_eq!(report.expect("the server is there"), expected);
        left(&client, &jobs, 8).await;
    }

    #[test]
    async fn a_job_that_takes_too_long_is_cut_off(server: Server) {
        let (client, jobs) = jobs(&server, 1).await;
        let stop = Notify::new();
        let work = async |_: Message| {
            stop.notify_one();
            pending().await
        };
        let limits = Limits { drain: Duration::from_millis(50), ..LIMITS };
        let report = run(&client, &jobs, limits, stop.notified(), work).await;
        let expected = Report { cut_off: 1, ..Report::default() };
        assert_eq!(report.expect("the server is there"), expected);
        left(&client, &jobs, 1).await;
    }

    #[test]
    async fn what_the_work_says_is_counted(server: Server) {
        let (client, jobs) = jobs(&server, 3).await;
        let (stop, number) = (Notify::new(), Cell::new(0));
        let work = async |job: Message| {
            number.set(number.get() + 1);
            if number.get() == 3 {
                stop.notify_one();
                tokio::task::yield_now().await;
                return false;
            }
            done(job).await && number.get() == 1
        };
        let report = run(&client, &jobs, LIMITS, stop.notified(), work).await;
        let expected = Report { completed: 1, failed: 2, ..Report::default() };
        assert_eq!(report.expect("the server is there"), expected);
    }

    /// Twenty seconds: the client tries again after up to four.
    #[test]
    #[seconds(20)]
    async fn a_server_that_restarts_is_waited_for(server: Server) {
        let (client, jobs) = jobs(&server, 5).await;
        let (stop, number) = (Notify::new(), Cell::new(0));
        let server = std::cell::RefCell::new(server);
        let work = async |job: Message| {
            number.set(number.get() + 1);
            if number.get() == 1 {
                server.borrow_mut().start_again().expect("it starts again");
                return false; // It comes again.
            }
            if job.double_ack().await.is_err() {
                return false;
            }
            if jobs.clone().info().await.is_ok_and(|info| info.num_pending + info.num_ack_pending as u64 == 0) {
                stop.notify_one();
            }
            true
        };
        let report = run(&client, &jobs, LIMITS, stop.notified(), work).await;
        let report = report.expect("the server is there again");
        assert_eq!((report.completed, report.cut_off, report.given_back), (5, 0, 0));
    }

    #[test]
    async fn a_server_that_is_gone_is_an_error(server: Server) {
        let (client, jobs) = jobs(&server, 0).await;
        server.kill();
        let silence = Duration::from_millis(500);
        let report = run(&client, &jobs, Limits { silence, ..LIMITS }, pending::<()>(), done).await;
        let error = report.expect_err("it is gone");
        assert_eq!(error.kind(), std::io::ErrorKind::TimedOut);
        assert_eq!(error.to_string(), "no sign of the server for 500ms");
    }

    #[test]
    async fn a_worker_that_fetches_nothing_is_refused(server: Server) {
        let (client, jobs) = jobs(&server, 0).await;
        let limits = Limits { ahead: 0, ..LIMITS };
        let run = async move { run(&client, &jobs, limits, ready(()), done).await };
        assert!(tokio::spawn(run).await.expect_err("it panics").is_panic());
    }
}
