use std::collections::HashMap;

use shuttle_tokio::sync::{mpsc::Sender, oneshot::channel};
use shuttle_tokio::{select, spawn};
use verify::explore::explore;

use crate::patterns::async_tokio::bridge;
use crate::patterns::async_tokio::oneshot::{Failure, store};
use crate::testkit::{Ledger, Tracked, count};

fn numbers(items: impl IntoIterator<Item = Tracked>) -> Vec<usize> {
    items.into_iter().map(|item| item.number).collect()
}

/// Runs a task, and what it spawns, under many schedules.
fn explore_task<F: Future<Output = ()> + Send + 'static>(
    task: impl Fn() -> F + Send + Sync + 'static,
) {
    explore(move || shuttle::future::block_on(task()));
}

#[test]
fn oneshot_answers_what_it_accepts_and_yields_its_entries() {
    explore_task(|| async {
        let (entries, server) = store(count(1));
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
        let ended = server.await.expect("it does not panic");
        assert_eq!(ended.entries, HashMap::from([("a", 1), ("b", 1)]));
        assert_eq!((ended.answered, ended.unclaimed), (4, 0));
    });
}

#[test]
fn oneshot_is_not_harmed_by_a_caller_that_gives_up() {
    explore_task(|| async {
        let (entries, server) = store(count(1));
        let server = spawn(server);
        let (give_up_tx, give_up_rx) = channel();
        let impatient = entries.clone();
        let impatient = spawn(async move {
            select! {
                reply = impatient.set("a", 1) => u64::from(reply == Ok(None)),
                _ = give_up_rx => 0,
            }
        });
        let asked = spawn(async move { entries.set("b", 2).await });
        // Fails when it has its reply already.
        let _ = give_up_tx.send(());
        assert_eq!(asked.await.expect("it does not panic"), Ok(None));
        let replies = impatient.await.expect("it does not panic");
        let ended = server.await.expect("it does not panic");
        assert!(ended.answered > replies, "its own and the other's");
        assert!(ended.answered + ended.unclaimed <= 2);
    });
}

#[test]
fn oneshot_tells_its_callers_when_the_server_is_gone() {
    explore_task(|| async {
        let (entries, server) = store::<&str, u64>(count(1));
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
        let seen = bridge::from_thread(ledger.items().take(3), count(1), async |mut item_rx| {
            let mut items = Vec::new();
            while let Some(item) = item_rx.recv().await {
                items.push(item);
            }
            numbers(items)
        });
        assert_eq!(seen.await, [0, 1, 2]);

        let items = ledger.items().take(3);
        let produce = async |item_tx: Sender<Tracked>| {
            for item in items {
                item_tx.send(item).await.expect("it is received");
            }
        };
        let ((), seen) = bridge::into_thread(produce, count(1), |items| numbers(items)).await;
        assert_eq!(seen, [0, 1, 2]);
        ledger.assert_all_dropped();
    });
}

#[test]
fn bridge_ends_when_the_receiving_end_stops_early() {
    explore_task(|| async {
        let ledger = Ledger::default();
        let seen = bridge::from_thread(ledger.items().take(3), count(1), async |mut item_rx| {
            item_rx.recv().await.is_some()
        });
        assert!(seen.await);
        ledger.assert_all_dropped();
    });
}
