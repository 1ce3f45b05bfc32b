use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use shuttle_tokio::sync::oneshot::channel;
use shuttle_tokio::{select, spawn};
use verify::explore::explore;

use crate::patterns::async_tokio::oneshot::{Failure, Store};
use crate::patterns::async_tokio::rate::Rate;
use crate::patterns::async_tokio::{bounded_concurrency, bridge, ordered};
use crate::testkit::Ledger;

/// Runs a task, and what it spawns, under many schedules.
fn explore_task<F: Future<Output = ()> + Send + 'static>(
    task: impl Fn() -> F + Send + Sync + 'static,
) {
    explore(move || shuttle::future::block_on(task()));
}

#[test]
fn oneshot_answers_what_it_accepts_and_yields_its_entries() {
    explore_task(|| async {
        let (entries, server) = Store::new(1);
        let server = spawn(server);
        let clients = ["a", "b"].map(|key| {
            let entries = entries.clone();
            spawn(async move {
                assert_eq!(entries.set(key, 1).await, Ok(None));
                entries.get(key).await
            })
        });
        drop(entries);
        for client in clients {
            assert_eq!(client.await.expect("it does not panic"), Ok(Some(1)));
        }
        let entries = server.await.expect("it does not panic");
        assert_eq!(entries, HashMap::from([("a", 1), ("b", 1)]));
    });
}

#[test]
fn oneshot_is_not_harmed_by_a_caller_that_gives_up() {
    explore_task(|| async {
        let (entries, server) = Store::new(1);
        let server = spawn(server);
        let (give_up_tx, give_up_rx) = channel();
        let impatient = entries.clone();
        let impatient = spawn(async move {
            select! {
                reply = impatient.set("a", 1) => reply == Ok(None),
                _ = give_up_rx => false,
            }
        });
        let asked = spawn(async move { entries.set("b", 2).await });
        // Fails when it has its reply already.
        let _ = give_up_tx.send(());
        assert_eq!(asked.await.expect("it does not panic"), Ok(None));
        let was_answered = impatient.await.expect("it does not panic");
        let entries = server.await.expect("it does not panic");
        assert_eq!(entries["b"], 2);
        assert!(entries.contains_key("a") || !was_answered);
    });
}

#[test]
fn oneshot_tells_its_callers_when_the_server_is_gone() {
    explore_task(|| async {
        let (entries, server) = Store::<&str, u64>::new(1);
        let (end_tx, end_rx) = channel::<()>();
        let server = spawn(async move {
            select! {
                _ = server => {}
                _ = end_rx => {}
            }
        });
        let ended = spawn(async move { drop(end_tx) });
        let reply = entries.get("a").await;
        let gone = [Err(Failure::NotAccepted), Err(Failure::Unanswered)];
        assert!(reply == Ok(None) || gone.contains(&reply), "{reply:?}");
        ended.await.expect("it does not panic");
        server.await.expect("it does not panic");
        assert_eq!(entries.get("a").await, Err(Failure::NotAccepted));
    });
}

#[test]
fn bridge_carries_all_items_in_order_both_ways() {
    explore_task(|| async {
        let ledger = Ledger::default();
        let mut items = bridge::from_thread(ledger.items().take(3), 1);
        let to_numbers = bridge::into_thread(1, |mut item_rx| {
            let mut numbers = Vec::new();
            while let Some(number) = item_rx.blocking_recv() {
                numbers.push(number);
            }
            numbers
        });
        while let Some(item) = items.next().await {
            assert!(to_numbers.send(item.number).await);
        }
        assert_eq!(to_numbers.finish().await, [0, 1, 2]);
        ledger.assert_all_dropped();
    });
}

#[test]
fn bridge_ends_when_the_receiving_end_stops_early() {
    explore_task(|| async {
        let ledger = Ledger::default();
        let mut items = bridge::from_thread(ledger.items().take(3), 1);
        assert!(items.next().await.is_some());
        drop(items);

        let stops = bridge::into_thread(1, |mut item_rx| item_rx.blocking_recv());
        let mut sent = 0;
        for item in 0..3 {
            sent += usize::from(stops.send(item).await);
        }
        assert!(sent > 0);
        assert_eq!(stops.finish().await, Some(0));
    });
}

#[test]
fn each_item_gives_one_result_and_the_limit_holds() {
    explore_task(|| async {
        let room = Arc::new(());
        let is_within = |room: Arc<()>| {
            move |n: u64| {
                let place = Arc::clone(&room);
                async move {
                    assert!(
                        Arc::strong_count(&place) <= 2 + 2,
                        "two at once, one here, one there"
                    );
                    n
                }
            }
        };
        let mut results = ordered::fan_out(0..4, 2, is_within(Arc::clone(&room)));
        for expected in 0..4 {
            assert_eq!(results.next().await, Some(expected));
        }
        assert_eq!(results.next().await, None);
        drop(results);

        let mut results = bounded_concurrency::fan_out(0..4, 2, is_within(Arc::clone(&room)));
        let mut seen = Vec::new();
        while let Some(result) = results.next().await {
            seen.push(result);
        }
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3]);
    });
}

#[test]
fn a_task_that_gives_up_leaves_its_turn_to_the_others() {
    explore_task(|| async {
        let rate = Arc::new(Rate::new(Duration::from_millis(1), 1));
        let (give_up_tx, give_up_rx) = channel();
        let impatient = Arc::clone(&rate);
        let impatient = spawn(async move {
            select! {
                () = impatient.wait() => {}
                _ = give_up_rx => {}
            }
        });
        let patient = spawn(async move { rate.wait().await });
        let _ = give_up_tx.send(());
        impatient.await.expect("it does not panic");
        patient.await.expect("it gets its turn");
    });
}
