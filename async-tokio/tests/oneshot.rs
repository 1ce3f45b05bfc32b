//! What `oneshot` promises:
//!
//! - the answers are those of a map, in order: `the_answers_are_those_of_a_map`
//! - a full queue makes the caller wait, and what was accepted is answered before the end:
//!   `what_was_accepted_is_answered`
//! - a caller that gives up harms nobody, and before its turn nothing is carried out:
//!   `a_caller_that_gives_up_harms_nobody`
//! - a server that dies is an error at once, also for a request that comes at that moment:
//!   `a_server_that_dies_is_an_error_at_once`, `a_request_sent_while_the_server_dies_is_an_error`
//! - a panic of the server reaches its owner and all callers:
//!   `a_panic_reaches_the_owner_and_all_callers`
//! - its errors go through `?`: `a_failure_goes_through_the_question_mark`

use std::collections::HashMap;
use std::pin::pin;
use std::sync::Barrier;
use std::task::Poll;
use std::thread;

use super::support::{paused, poll};
use async_tokio::oneshot::{Failure, Store};
use proptest::prelude::*;
use testkit::within;

proptest! {
    #[test]
    fn the_answers_are_those_of_a_map(
        calls in prop::collection::vec((0..4_u8, any::<Option<u16>>()), 0..60),
        capacity in 1..4_usize,
    ) {
        within(move || paused().block_on(async {
            let mut model = HashMap::new();
            let (store, server) = Store::new(capacity);
            let server = tokio::spawn(server);
            for (key, value) in calls {
                match value {
                    None => assert_eq!(store.get(key).await, Ok(model.get(&key).copied())),
                    Some(value) => assert_eq!(store.set(key, value).await, Ok(model.insert(key, value))),
                }
            }
            drop(store);
            assert_eq!(server.await.unwrap(), model);
        }));
    }
}

#[tokio::test]
async fn what_was_accepted_is_answered() {
    let (store, server) = Store::new(2);
    let set = |key| {
        let store = store.clone();
        Box::pin(async move { store.set(key, 1).await })
    };
    let (mut one, mut two, mut three) = (set("one"), set("two"), set("three"));
    assert!(poll(one.as_mut()).is_pending());
    assert!(poll(two.as_mut()).is_pending());
    // There is no room for this one, and dropped, it was never there.
    assert!(poll(three.as_mut()).is_pending());
    drop((store, three));
    // The server begins now, when no handle but those of the callers is left.
    let (entries, one, two) = tokio::join!(server, one, two);
    assert_eq!((one, two), (Ok(None), Ok(None)));
    assert_eq!(entries, HashMap::from([("one", 1), ("two", 1)]));
}

#[tokio::test]
async fn a_caller_that_gives_up_harms_nobody() {
    let (store, server) = Store::new(2);
    let mut server = Box::pin(server);
    assert!(poll(Box::pin(store.set("early", 1)).as_mut()).is_pending());
    {
        let mut late = pin!(store.set("late", 2));
        assert!(poll(late.as_mut()).is_pending());
        // It is answered, and nobody looks.
        assert!(poll(server.as_mut()).is_pending());
    }
    drop(store);
    assert_eq!(server.await, HashMap::from([("late", 2)]));
}

#[tokio::test]
async fn a_server_that_dies_is_an_error_at_once() {
    let (store, server) = Store::new(1);
    let (mut queued, mut waiting) = (pin!(store.set("a", 1)), pin!(store.set("b", 2)));
    assert!(poll(queued.as_mut()).is_pending());
    assert!(poll(waiting.as_mut()).is_pending());
    drop(server);
    let (unanswered, not_accepted) = (Err(Failure::Unanswered), Err(Failure::NotAccepted));
    assert_eq!(poll(queued), Poll::Ready(unanswered));
    assert_eq!(poll(waiting), Poll::Ready(not_accepted));
    assert_eq!(poll(pin!(store.get("a"))), Poll::Ready(not_accepted));
}

#[test]
fn a_request_sent_while_the_server_dies_is_an_error() {
    within(|| {
        // Many times: seldom is one sent just when the queue has been emptied for the last time.
        for round in 0..10_000 {
            let (store, server) = Store::<_, u8>::new(4);
            let begin = Barrier::new(2);
            let mut gets: Vec<_> = (0..100).map(|key| Box::pin(store.get(key))).collect();
            thread::scope(|scope| {
                scope.spawn(|| {
                    let mut server = Box::pin(server);
                    begin.wait();
                    for _ in 0..round % 50 {
                        assert!(poll(server.as_mut()).is_pending());
                    }
                });
                begin.wait();
                gets.retain_mut(|get| poll(get.as_mut()).is_pending());
            });
            assert!(gets.iter_mut().all(|get| poll(get.as_mut()).is_ready()));
        }
    });
}

/// A value that cannot be cloned.
#[derive(Debug, PartialEq)]
struct Fragile;

impl Clone for Fragile {
    fn clone(&self) -> Self {
        panic!("it broke")
    }
}

#[tokio::test]
async fn a_panic_reaches_the_owner_and_all_callers() {
    let (store, server) = Store::new(4);
    let server = tokio::spawn(server);
    assert_eq!(store.set("key", Fragile).await, Ok(None));
    let (in_hand, queued) = tokio::join!(store.get("key"), store.get("other"));
    assert_eq!(
        (in_hand, queued),
        (Err(Failure::Unanswered), Err(Failure::Unanswered))
    );
    let payload = server.await.unwrap_err().into_panic();
    assert_eq!(payload.downcast_ref(), Some(&"it broke"));
}

#[test]
fn a_failure_goes_through_the_question_mark() {
    let text = |failure| anyhow::Error::from(failure).to_string();
    assert_eq!(
        text(Failure::Unanswered),
        "the server ended before the reply"
    );
    assert_eq!(
        text(Failure::NotAccepted),
        "the server had ended before the request"
    );
}
