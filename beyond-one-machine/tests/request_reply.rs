//! What `request_reply` promises:
//! - typed questions and answers: `an_answer_comes_back`
//! - what is no such JSON is an error, on both sides: `what_is_of_another_type_is_an_error`
//! - without a server, an error at once: `without_a_server_it_fails_at_once`
//! - with one that is slow or dies, an error after the limit: `a_slow_server_is_an_error_after_the_limit`,
//!   `a_nats_server_that_is_gone_is_an_error_after_the_limit`
//! - a group shares the questions, each of which is asked once: `a_group_shares_the_questions`
//! - one that leaves answers what has come: `a_server_that_leaves_answers_what_has_come`
//! - an error of the work comes as text: `an_error_of_the_work_comes_to_the_caller`

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use beyond_one_machine::request_reply::{Failure, ask, join};
use testkit::LIMIT;
use tokio::sync::oneshot;

use super::support::{connect, tests};

tests! {
    #[test]
    async fn an_answer_comes_back(server: Server) {
        let client = connect(&server).await;
        let sums = join(&client, "sum", "servers").await.expect("it joins");
        let serve = sums.answer(pending::<()>(), async |numbers: Vec<u64>| Ok::<_, String>(numbers.iter().sum::<u64>()));
        let asks = async {
            for n in 0..10 {
                let sum: u64 = ask(&client, "sum", &[n, 1], LIMIT).await.expect("it answers");
                assert_eq!(sum, n + 1);
            }
        };
        let serve = tokio::spawn(serve); // On another task.
        asks.await;
        serve.abort();
    }

    #[test]
    async fn what_is_of_another_type_is_an_error(server: Server) {
        let client = connect(&server).await;
        let serve = join(&client, "double", "servers").await.expect("it joins");
        let serve = serve.answer(pending::<()>(), async |n: u64| Ok::<_, String>(2 * n));
        let asks = async {
            let refused = ask::<u64>(&client, "double", "a word", LIMIT).await;
            assert!(matches!(&refused, Err(Failure::Refused(why)) if why.starts_with("it is no question")), "{refused:?}");
            let garbled = ask::<String>(&client, "double", &2, LIMIT).await;
            assert!(matches!(garbled, Err(Failure::Garbled(_))), "{garbled:?}");
            assert_eq!(ask::<u64>(&client, "double", &2, LIMIT).await.expect("it goes on"), 4);
        };
        tokio::select! {
            () = asks => {}
            ended = serve => panic!("the server has ended: {ended:?}"),
        }
    }

    #[test]
    async fn without_a_server_it_fails_at_once(server: Server) {
        let client = connect(&server).await;
        let failed = ask::<()>(&client, "nobody", &(), Duration::MAX).await;
        assert!(matches!(failed, Err(Failure::NoServer)), "{failed:?}");
        let through_anyhow: anyhow::Error = failed.expect_err("it fails").into();
        assert_eq!(through_anyhow.to_string(), "nobody serves this subject");
    }

    #[test]
    async fn a_slow_server_is_an_error_after_the_limit(server: Server) {
        let client = connect(&server).await;
        let serve = join(&client, "slow", "servers").await.expect("it joins");
        let serve = serve.answer(pending::<()>(), async |()| pending::<Result<(), String>>().await);
        let limit = Duration::from_millis(100);
        let failed = tokio::select! {
            failed = ask::<()>(&client, "slow", &(), limit) => failed,
            ended = serve => panic!("the server has ended: {ended:?}"),
        };
        assert!(matches!(failed, Err(Failure::TimedOut)), "{failed:?}");
    }

    #[test]
    async fn a_nats_server_that_is_gone_is_an_error_after_the_limit(server: Server) {
        let client = connect(&server).await;
        server.kill();
        for _ in 0..3 {
            let failed = ask::<()>(&client, "subject", &(), Duration::from_millis(100)).await;
            assert!(matches!(failed, Err(Failure::TimedOut)), "{failed:?}");
        }
    }

    #[test]
    async fn a_group_shares_the_questions(server: Server) {
        let client = connect(&server).await;
        let counts = [Cell::new(0), Cell::new(0), Cell::new(0)];
        let serve = |at: usize| {
            let (server, counts) = (&server, &counts);
            async move {
                let own = connect(server).await;
                let server = join(&own, "share", "servers").await.expect("it joins");
                own.flush().await.expect("it is connected");
                let count = async |(): ()| {
                    counts[at].set(counts[at].get() + 1);
                    Ok::<_, String>(at)
                };
                server.answer(pending::<()>(), count).await
            }
        };
        let asks = async {
            // Until all have joined, and on.
            while counts.iter().any(|count| count.get() < 5) {
                let _: Option<usize> = ask(&client, "share", &(), LIMIT).await.ok();
            }
        };
        tokio::select! {
            () = asks => {}
            _ = serve(0) => {}
            _ = serve(1) => {}
            _ = serve(2) => {}
        }
        let all: usize = counts.iter().map(Cell::get).sum();
        assert!(counts.iter().all(|count| count.get() < all), "{counts:?}");
    }

    #[test]
    async fn a_server_that_leaves_answers_what_has_come(server: Server) {
        let client = connect(&server).await;
        let (leave_tx, leave_rx) = oneshot::channel::<()>();
        let leaving = join(&client, "leave", "servers").await.expect("it joins");
        let leave_tx = Cell::new(Some(leave_tx));
        let serve = leaving.answer(leave_rx, async |n: usize| {
            // There and back: all three have come.
            let nobody = ask::<()>(&client, "nobody", &(), LIMIT).await;
            nobody.expect_err("nobody is there");
            drop(leave_tx.take());
            Ok::<_, String>(n)
        });
        let asks = async {
            tokio::join!(
                ask::<usize>(&client, "leave", &1, LIMIT),
                ask::<usize>(&client, "leave", &2, LIMIT),
                ask::<usize>(&client, "leave", &3, LIMIT),
            )
        };
        let (ended, (one, two, three)) = tokio::join!(serve, asks);
        ended.expect("it is connected");
        let answers = [one, two, three].map(|answer| answer.expect("it is answered"));
        assert_eq!(answers, [1, 2, 3]);
        let later = ask::<usize>(&client, "leave", &4, LIMIT).await;
        assert!(matches!(later, Err(Failure::NoServer)), "{later:?}");
    }

    #[test]
    async fn an_error_of_the_work_comes_to_the_caller(server: Server) {
        let client = connect(&server).await;
        let serve = join(&client, "fail", "servers").await.expect("it joins");
        let serve = serve.answer(pending::<()>(), async |()| Err::<(), _>("line 1\nline 2"));
        let failed = tokio::select! {
            failed = ask::<()>(&client, "fail", &(), LIMIT) => failed,
            ended = serve => panic!("the server has ended: {ended:?}"),
        };
        assert!(matches!(&failed, Err(Failure::Refused(error)) if error == "line 1 line 2"), "{failed:?}");
    }
}
