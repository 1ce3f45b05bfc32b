//! What `work_queue` promises:
//! - a job goes when its work has succeeded: `a_job_that_is_done_goes`
//! - a worker that dies, or is frozen, has its job done by another, and its late acknowledgement does no
//!   harm: `a_worker_that_vanishes_has_its_job_done_by_another`, `a_panic_of_the_work_is_such_an_end`
//! - a worker that is at work for longer than `ack_wait` keeps its job: `a_sign_keeps_the_job`,
//!   `a_wait_without_time_for_a_sign_is_refused`
//! - a job that fails is tried again, and set aside after the last try, with the reason:
//!   `a_job_that_fails_is_set_aside_after_the_last_try`, `work_that_takes_too_long_has_failed`
//! - a job that ends its workers is set aside, unseen by the next: `a_job_that_ends_its_workers_is_set_aside`
//! - at most so many unacknowledged: `no_more_than_allowed_are_with_workers`
//! - the oldest first: `the_oldest_goes_first`
//! - a full queue makes `submit` wait, and says so when patience ends: `a_full_queue_makes_submit_wait`
//! - one job of an id: `the_same_id_is_accepted_once`, `two_submitters_lose_nothing`
//! - a killed server loses nothing: `a_server_that_is_restarted_loses_nothing`
//! - a server that is gone is an error in time, as is one that refuses:
//!   `a_server_that_is_gone_is_an_error_in_time`, `what_is_refused_is_told_at_once`
//! - many jobs: `ten_thousand_jobs`
//! - errors go through `?`: `errors_go_through_the_question_mark`

use std::collections::BTreeSet;
use std::future::{pending, ready};
use std::time::{Duration, Instant};

use async_nats::jetstream::Message;
use beyond_one_machine::work_queue::{End, Failure, Limits, Queue, id_of};
use tokio::time::timeout;

use super::support::{connect, tests};

const PATIENCE: Duration = Duration::from_secs(9);
const LIMITS: Limits = Limits {
    waiting: 10_000,
    unacknowledged: 100,
    tries: 2,
    ack_wait: Duration::from_millis(200),
    work: PATIENCE,
};
const DONE: Result<(), &str> = Ok(());
const FAILED: Result<(), &str> = Err("no");

async fn open(server: &super::support::Server, limits: Limits) -> Queue {
    let queue = Queue::open(&connect(server).await, "q", limits).await;
    queue.expect("it can be opened")
}

async fn submit(queue: &Queue, ids: impl IntoIterator<Item = usize>) {
    for id in ids {
        let id = id.to_string();
        let submitted = queue.submit(&id, b"job".to_vec(), PATIENCE).await;
        submitted.expect("it is accepted");
    }
}

async fn next(queue: &Queue) -> Message {
    queue.next().await.expect("the server is there")
}

/// Does all jobs, until there is none; their ids.
async fn work_off(queue: &Queue) -> BTreeSet<usize> {
    let mut ids = BTreeSet::new();
    while count(queue).await.0 > 0 {
        let job = next(queue).await;
        let end = queue
            .work(&job, ready(DONE))
            .await
            .expect("it is confirmed");
        assert_eq!(end, End::Done);
        ids.insert(id_of(&job).parse().expect("a number"));
    }
    ids
}

async fn count(queue: &Queue) -> (u64, u64) {
    queue.count().await.expect("the server is there")
}

tests! {
    #[test]
    async fn a_job_that_is_done_goes(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, 1..=3).await;
        assert_eq!(count(&queue).await, (3, 0));
        let job = next(&queue).await;
        assert_eq!((id_of(&job), &job.payload[..]), ("1", &b"job"[..]));
        assert_eq!(queue.work(&job, ready(DONE)).await.expect("it is confirmed"), End::Done);
        assert_eq!(count(&queue).await, (2, 0));
        assert_eq!(work_off(&queue).await, [2, 3].into());
    }

    #[test]
    async fn a_worker_that_vanishes_has_its_job_done_by_another(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1]).await;
        let frozen = next(&queue).await;
        let start = Instant::now();
        let again = next(&queue).await;
        assert!(start.elapsed() >= LIMITS.ack_wait / 2, "not before its time");
        assert_eq!((id_of(&again), again.info().expect("from a stream").delivered), ("1", 2));
        assert_eq!(queue.work(&again, ready(DONE)).await.expect("it is confirmed"), End::Done);
        // It wakes up.
        assert_eq!(queue.work(&frozen, ready(DONE)).await.expect("it is confirmed"), End::Done);
        assert_eq!(count(&queue).await, (0, 0));
    }

    #[test]
    async fn a_panic_of_the_work_is_such_an_end(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1]).await;
        let worker = {
            let queue = queue.clone();
            tokio::spawn(async move {
                let job = next(&queue).await;
                let work = async { std::panic::resume_unwind(Box::new("the work panics")) };
                queue.work(&job, async { work.await; DONE }).await
            })
        };
        assert!(worker.await.expect_err("it panics").is_panic());
        assert_eq!(work_off(&queue).await, [1].into());
    }

    #[test]
    async fn a_sign_keeps_the_job(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1]).await;
        let job = next(&queue).await;
        // As long as nobody else gets it.
        let work = async {
            let other = timeout(3 * LIMITS.ack_wait, next(&queue)).await;
            other.map_or(Ok(()), |_| Err("another has it, too"))
        };
        assert_eq!(queue.work(&job, work).await.expect("it is confirmed"), End::Done);
    }

    #[test]
    async fn a_job_that_fails_is_set_aside_after_the_last_try(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1, 2]).await;
        for expected in [End::Again("no".into()), End::Aside("no".into())] {
            let job = next(&queue).await;
            assert_eq!(queue.work(&job, ready(FAILED)).await.expect("it is confirmed"), expected);
            if let End::Again(_) = expected {
                assert_eq!(id_of(&job), "1");
                let other = next(&queue).await;
                assert_eq!(queue.work(&other, ready(DONE)).await.expect("it is confirmed"), End::Done);
            }
        }
        assert_eq!(count(&queue).await, (0, 1));
        let context = async_nats::jetstream::new(connect(&server).await);
        let aside = context.get_stream("q-aside").await.expect("it is there");
        let aside = aside.get_raw_message(1).await.expect("it is there");
        let header = |name| aside.headers.get(name).map(|value: &async_nats::HeaderValue| value.as_str());
        assert_eq!((header("Reason"), header("Nats-Msg-Id")), (Some("no"), Some("1")));
        assert_eq!(&aside.payload[..], b"job");
    }

    #[test]
    async fn work_that_takes_too_long_has_failed(server: Server) {
        let limits = Limits { work: Duration::from_millis(50), tries: 1, ..LIMITS };
        let queue = open(&server, limits).await;
        submit(&queue, [1]).await;
        let job = next(&queue).await;
        let end = queue.work(&job, pending::<Result<(), &str>>()).await;
        assert_eq!(end.expect("it is confirmed"), End::Aside("it took more than 50ms".into()));
    }

    #[test]
    async fn a_job_that_ends_its_workers_is_set_aside(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1]).await;
        for _ in 0..LIMITS.tries {
            drop(next(&queue).await);
        }
        let job = next(&queue).await;
        let poison = async { panic!("it is not even polled") };
        let end = queue.work(&job, async { let () = poison.await; DONE }).await;
        assert_eq!(end.expect("it is confirmed"), End::Aside("no worker has come back from it".into()));
        assert_eq!(count(&queue).await, (0, 1));
    }

    #[test]
    async fn no_more_than_allowed_are_with_workers(server: Server) {
        let limits = Limits { unacknowledged: 2, ack_wait: PATIENCE, ..LIMITS };
        let queue = open(&server, limits).await;
        submit(&queue, 1..=3).await;
        let first = next(&queue).await;
        let _second = next(&queue).await;
        let third = tokio::spawn({
            let queue = queue.clone();
            async move { next(&queue).await }
        });
        let state = loop {
            let info = queue.jobs().clone().info().await.expect("it is there").clone();
            if info.num_waiting > 0 {
                break (info.num_ack_pending, info.num_pending);
            }
        };
        assert_eq!(state, (2, 1), "the third has asked, and is not served");
        queue.work(&first, ready(DONE)).await.expect("it is confirmed");
        assert_eq!(id_of(&third.await.expect("it is served")), "3");
    }

    #[test]
    async fn the_oldest_goes_first(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, 0..20).await;
        for id in 0..20 {
            assert_eq!(id_of(&next(&queue).await), id.to_string());
        }
    }

    #[test]
    async fn a_full_queue_makes_submit_wait(server: Server) {
        let queue = open(&server, Limits { waiting: 2, ..LIMITS }).await;
        submit(&queue, [1, 2]).await;
        let impatient = queue.submit("3", Vec::new(), Duration::from_millis(100)).await;
        assert!(matches!(impatient, Err(Failure::Full)), "{impatient:?}");
        let patient = queue.submit("3", Vec::new(), PATIENCE);
        let worker = async {
            let job = next(&queue).await;
            queue.work(&job, ready(DONE)).await
        };
        let (submitted, done) = tokio::join!(patient, worker);
        submitted.expect("there is room");
        done.expect("it is confirmed");
        assert_eq!(work_off(&queue).await, [2, 3].into());
    }

    #[test]
    async fn the_same_id_is_accepted_once(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1, 1]).await;
        assert_eq!(work_off(&queue).await, [1].into());
        submit(&queue, [1]).await;
        assert_eq!(count(&queue).await, (0, 0), "also when it is done");
    }

    #[test]
    async fn two_submitters_lose_nothing(server: Server) {
        let (one, two) = (open(&server, LIMITS).await, open(&server, LIMITS).await);
        // They overlap.
        tokio::join!(submit(&one, 0..200), submit(&two, 100..300));
        assert_eq!(count(&one).await, (300, 0));
        assert_eq!(work_off(&one).await, (0..300).collect());
    }

    /// Twenty seconds: the client tries again after up to four.
    #[test]
    #[seconds(20)]
    async fn a_server_that_is_restarted_loses_nothing(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, 0..100).await;
        let lost = next(&queue).await;
        drop(lost);
        server.start_again().expect("it starts again");
        submit(&queue, 100..200).await;
        assert_eq!(work_off(&queue).await, (0..200).collect());
    }

    #[test]
    async fn a_server_that_is_gone_is_an_error_in_time(server: Server) {
        let queue = open(&server, LIMITS).await;
        submit(&queue, [1]).await;
        let job = next(&queue).await;
        server.kill();
        let patience = Duration::from_millis(300);
        let submitted = queue.submit("2", Vec::new(), patience).await;
        let done = queue.work(&job, ready(DONE)).await;
        let counted = queue.count().await;
        assert!(matches!(submitted, Err(Failure::NoAnswer(_))), "{submitted:?}");
        assert!(matches!(done, Err(Failure::NoAnswer(_))), "{done:?}");
        assert!(matches!(counted, Err(Failure::NoAnswer(_))), "{counted:?}");
    }

    #[test]
    async fn what_is_refused_is_told_at_once(server: Server) {
        let queue = open(&server, LIMITS).await;
        let too_large = queue.submit("1", vec![0; 2 << 20], Duration::MAX).await;
        assert!(matches!(too_large, Err(Failure::Refused(_))), "{too_large:?}");
        let client = connect(&server).await;
        let of_another_size = Queue::open(&client, "q", Limits { waiting: 1, ..LIMITS }).await;
        assert!(matches!(of_another_size, Err(Failure::Refused(_))), "{of_another_size:?}");
        let no_name = Queue::open(&client, "a name", LIMITS).await;
        assert!(matches!(no_name, Err(Failure::Refused(_))), "{no_name:?}");
    }

    /// A minute, on a slow machine.
    #[test]
    #[seconds(60)]
    async fn ten_thousand_jobs(server: Server) {
        let queue = open(&server, LIMITS).await;
        let mut submitters = tokio::task::JoinSet::new();
        for part in 0..10 {
            let queue = queue.clone();
            submitters.spawn(async move { submit(&queue, part * 1_000..(part + 1) * 1_000).await });
        }
        submitters.join_all().await;
        let mut workers = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let queue = queue.clone();
            workers.spawn(async move {
                let mut ids = Vec::new();
                while let Ok(job) = timeout(Duration::from_secs(1), next(&queue)).await {
                    queue.work(&job, ready(DONE)).await.expect("it is confirmed");
                    ids.push(id_of(&job).parse::<usize>().expect("a number"));
                }
                ids
            });
        }
        let done: BTreeSet<usize> = workers.join_all().await.into_iter().flatten().collect();
        assert_eq!((done.len(), count(&queue).await), (10_000, (0, 0)));
    }

    #[test]
    async fn errors_go_through_the_question_mark(server: Server) {
        async fn boxed(queue: &Queue) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
            Ok(queue.submit("1", vec![0; 2 << 20], PATIENCE).await?)
        }
        async fn any(queue: &Queue) -> anyhow::Result<()> {
            Ok(queue.submit("1", vec![0; 2 << 20], PATIENCE).await?)
        }
        let queue = open(&server, LIMITS).await;
        let (boxed, any) = (boxed(&queue).await.expect_err("too large"), any(&queue).await);
        assert_eq!(boxed.to_string(), any.expect_err("too large").to_string());
        assert!(boxed.to_string().starts_with("refused: max payload size exceeded"), "{boxed}");
    }

    #[test]
    async fn a_wait_without_time_for_a_sign_is_refused(server: Server) {
        let client = connect(&server).await;
        let limits = Limits { ack_wait: Duration::from_millis(2), ..LIMITS };
        let opened = tokio::spawn(async move { Queue::open(&client, "q", limits).await.is_ok() });
        assert!(opened.await.expect_err("it panics").is_panic());
    }
}
