//! What `broadcast` promises:
//! - every subscriber gets every message, in order: `every_subscriber_gets_every_message_in_order`
//! - a slow one is told what it has lost: `a_slow_subscriber_is_told_how_many_it_has_lost`
//! - a loss at the end is told by `finish`: `finish_tells_of_a_loss_at_the_end`
//! - two publishers count apart: `two_publishers_count_apart`
//! - it begins with what is sent after `subscribe`: `what_was_sent_before_is_no_loss`
//! - a cut-off one is told what it has lost: `a_subscriber_that_was_cut_off_is_told`
//! - what is not sent is an error, and no loss: `what_is_not_sent_is_not_missed`

use std::time::Duration;

use async_nats::{Client, ConnectOptions};
use beyond_one_machine::broadcast::{Event, Publisher, Subscription, subscribe};
use tokio::time::{sleep, timeout};

use super::support::{Server, connect, tests};

async fn listen(client: &Client) -> Subscription {
    let subscription = subscribe(client, "news").await.expect("it can");
    // The server answers in order: what comes from others after this comes here.
    ping(client).await;
    subscription
}

/// Returns when the server has done all that this client has asked for.
async fn ping(client: &Client) {
    let nobody = client.request("nobody", "".into()).await;
    nobody.expect_err("nobody is there");
}

async fn publish(publisher: &mut Publisher, numbers: impl IntoIterator<Item = u8>) {
    for number in numbers {
        publisher.publish(vec![number]).await.expect("it is sent");
    }
}

async fn next(subscription: &mut Subscription) -> Event {
    subscription.next().await.expect("the client is open")
}

fn message(number: u8) -> Event {
    Event::Message(vec![number])
}

/// With a buffer for two.
async fn narrow(server: &Server) -> Client {
    let options = ConnectOptions::new().subscription_capacity(2);
    options.connect(server.url()).await.expect("it is there")
}

/// Ten messages are sent: two are received, and eight lost.
async fn after_a_loss(server: &Server) -> (Publisher, Subscription) {
    let (client, slow) = (connect(server).await, narrow(server).await);
    let mut subscription = listen(&slow).await;
    let mut publisher = Publisher::new(&client, "news");
    publish(&mut publisher, 0..10).await;
    ping(&client).await;
    ping(&slow).await;
    assert_eq!(next(&mut subscription).await, message(0));
    assert_eq!(next(&mut subscription).await, message(1));
    (publisher, subscription)
}

tests! {
    #[test]
    async fn every_subscriber_gets_every_message_in_order(server: Server) {
        let (client, other) = (connect(&server).await, connect(&server).await);
        let mut subscriptions = [listen(&client).await, listen(&other).await, listen(&other).await];
        let mut publisher = Publisher::new(&client, "news");
        publish(&mut publisher, 0..100).await;
        for subscription in &mut subscriptions {
            for number in 0..100 {
                assert_eq!(next(subscription).await, message(number));
            }
        }
    }

    #[test]
    async fn a_slow_subscriber_is_told_how_many_it_has_lost(server: Server) {
        let (mut publisher, mut subscription) = after_a_loss(&server).await;
        publish(&mut publisher, [10]).await;
        assert_eq!(next(&mut subscription).await, Event::Missed(8));
        assert_eq!(next(&mut subscription).await, message(10));
    }

    #[test]
    async fn finish_tells_of_a_loss_at_the_end(server: Server) {
        let (publisher, mut subscription) = after_a_loss(&server).await;
        publisher.finish().await.expect("it is sent");
        assert_eq!(next(&mut subscription).await, Event::Missed(8));
        let nothing = timeout(Duration::from_millis(100), subscription.next()).await;
        nothing.expect_err("the last number is no message");
    }

    #[test]
    async fn two_publishers_count_apart(server: Server) {
        let client = connect(&server).await;
        let mut subscription = listen(&client).await;
        let mut publishers = [Publisher::new(&client, "news"), Publisher::new(&client, "news")];
        for number in 0..10 {
            publish(&mut publishers[usize::from(number % 2)], [number]).await;
        }
        for number in 0..10 {
            assert_eq!(next(&mut subscription).await, message(number));
        }
    }

    #[test]
    async fn what_was_sent_before_is_no_loss(server: Server) {
        let client = connect(&server).await;
        let mut publisher = Publisher::new(&client, "news");
        publish(&mut publisher, 0..10).await;
        let mut subscription = listen(&client).await;
        publish(&mut publisher, [10]).await;
        assert_eq!(next(&mut subscription).await, message(10));
    }

    #[test]
    async fn a_subscriber_that_was_cut_off_is_told(server: Server) {
        let (client, cut_off) = (connect(&server).await, connect(&server).await);
        let mut subscription = listen(&cut_off).await;
        let mut publisher = Publisher::new(&client, "news");
        publish(&mut publisher, [0]).await;
        assert_eq!(next(&mut subscription).await, message(0));
        // Until it has lost some, and is back.
        let before = cut_off.statistics().connects.load(std::sync::atomic::Ordering::SeqCst);
        cut_off.force_reconnect().await.expect("it is open");
        let mut number = 0;
        let mut got = 1;
        let mut missed = 0;
        loop {
            number += 1;
            publish(&mut publisher, [number]).await;
            match timeout(Duration::from_millis(10), subscription.next()).await {
                Ok(Some(Event::Missed(some))) => missed += some,
                Ok(_) => got += 1,
                Err(_) => {}
            }
            let connects = cut_off.statistics().connects.load(std::sync::atomic::Ordering::SeqCst);
            if connects > before && got > 1 && number > 20 {
                break;
            }
            sleep(Duration::from_millis(1)).await; // It takes its time; nothing depends on how much.
        }
        publisher.finish().await.expect("it is sent");
        while let Ok(Some(event)) = timeout(Duration::from_millis(500), subscription.next()).await {
            match event {
                Event::Missed(some) => missed += some,
                Event::Message(_) => got += 1,
            }
        }
        assert_eq!(got + missed, u64::from(number) + 1, "all are either there or missed");
    }

    #[test]
    async fn what_is_not_sent_is_not_missed(server: Server) {
        let client = connect(&server).await;
        let mut subscription = listen(&client).await;
        let mut publisher = Publisher::new(&client, "news");
        publish(&mut publisher, [1]).await;
        let refused = publisher.publish(vec![0; 2 << 20]).await;
        let refused = anyhow::Error::from(refused.expect_err("it is too large"));
        assert!(refused.to_string().starts_with("max payload size exceeded"), "{refused}");
        publish(&mut publisher, [2]).await;
        assert_eq!(next(&mut subscription).await, message(1));
        assert_eq!(next(&mut subscription).await, message(2));
    }
}
