//! What `watch` promises.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::pin;
use std::task::Poll;

use super::support::{multi_thread, on_each_flavour, on_paused_time, poll};
use async_tokio::watch::{follow, next, publish};
use testkit::within;
use tokio::sync::watch::{Receiver, channel};
use tokio::task::{JoinSet, yield_now};

/// All values that are seen until the end.
async fn seen<T: Clone>(mut value_rx: Receiver<T>) -> Vec<T> {
    let mut seen = Vec::new();
    while let Some(value) = next(&mut value_rx).await {
        seen.push(value);
    }
    seen
}

#[test]
fn a_follower_begins_with_the_value_that_is_there() {
    on_paused_time(|| async {
        let (value_tx, _) = channel(0);
        publish(&value_tx, 1);
        let mut value_rx = follow(&value_tx);
        assert_eq!(next(&mut value_rx).await, Some(1));
        assert_eq!(poll(pin!(next(&mut value_rx))), Poll::Pending);
    });
}

#[test]
fn values_are_skipped_but_never_the_last() {
    on_each_flavour(|| async {
        let (value_tx, _) = channel(0);
        let mut followers = JoinSet::new();
        for _ in 0..3 {
            followers.spawn(seen(follow(&value_tx)));
        }
        for n in 1..=2_000 {
            assert!(publish(&value_tx, n));
            if n % 7 == 0 {
                yield_now().await;
            }
        }
        drop(value_tx);
        for seen in followers.join_all().await {
            assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
            assert_eq!(seen.last(), Some(&2_000));
        }
    });
}

/// Looks at its channel as it is dropped, if it has one; then it panics.
#[derive(Clone)]
struct Looks(u32, Option<Receiver<Looks>>);

impl PartialEq for Looks {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Drop for Looks {
    fn drop(&mut self) {
        if let Some(value_rx) = self.1.take() {
            let latest = value_rx.borrow().0;
            resume_unwind(Box::new(latest));
        }
    }
}

#[test]
fn a_drop_of_the_old_value_finds_the_new_one_published() {
    within(|| {
        let (value_tx, mut value_rx) = channel(Looks(0, None));
        publish(&value_tx, Looks(1, Some(value_tx.subscribe())));
        let publish = AssertUnwindSafe(|| publish(&value_tx, Looks(2, None)));
        let payload = catch_unwind(publish).unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&2_u32));
        let Poll::Ready(Some(latest)) = poll(pin!(next(&mut value_rx))) else {
            panic!("the new value is not seen");
        };
        assert_eq!(latest.0, 2);
    });
}

#[test]
fn no_value_is_seen_twice() {
    within(|| {
        let runtime = multi_thread();
        let (value_tx, _) = channel(0);
        let followers: Vec<_> = (0..2)
            .map(|_| runtime.spawn(seen(follow(&value_tx))))
            .collect();
        // From a thread of its own, so that values change also while one is being taken.
        for n in 1..=100_000 {
            publish(&value_tx, n);
        }
        drop(value_tx);
        for follower in followers {
            let seen = runtime.block_on(follower).unwrap();
            assert!(seen.is_sorted_by(|one, next| one < next));
            assert_eq!(seen.last(), Some(&100_000));
        }
    });
}

#[test]
fn a_slow_follower_delays_nobody() {
    on_paused_time(|| async {
        let (value_tx, _) = channel("first");
        let (mut slow_rx, mut fast_rx) = (follow(&value_tx), follow(&value_tx));
        let being_applied = next(&mut slow_rx).await;
        for value in ["second", "third"] {
            // Would block for ever, were there still a borrow.
            publish(&value_tx, value);
            assert_eq!(next(&mut fast_rx).await, Some(value));
        }
        assert_eq!(being_applied, Some("first"));
        assert_eq!(next(&mut slow_rx).await, Some("third"));
        assert_eq!(poll(pin!(next(&mut slow_rx))), Poll::Pending);
    });
}

#[test]
fn an_equal_value_wakes_nobody() {
    on_paused_time(|| async {
        let (value_tx, mut value_rx) = channel("same");
        assert!(!publish(&value_tx, "same"));
        assert_eq!(poll(pin!(next(&mut value_rx))), Poll::Pending);
        assert!(publish(&value_tx, "other"));
        assert_eq!(next(&mut value_rx).await, Some("other"));
    });
}

#[test]
fn a_value_that_nobody_follows_is_kept() {
    on_paused_time(|| async {
        let (value_tx, value_rx) = channel(0);
        drop(value_rx);
        assert!(publish(&value_tx, 1));
        assert_eq!(next(&mut follow(&value_tx)).await, Some(1));
    });
}

#[test]
fn a_cancelled_next_loses_nothing() {
    on_paused_time(|| async {
        let (value_tx, mut value_rx) = channel(0);
        for n in 1..=20 {
            assert_eq!(poll(pin!(next(&mut value_rx))), Poll::Pending);
            publish(&value_tx, n);
            assert_eq!(poll(pin!(next(&mut value_rx))), Poll::Ready(Some(n)));
        }
        drop(value_tx);
        assert_eq!(next(&mut value_rx).await, None);
    });
}

#[test]
fn a_hundred_channels_end() {
    on_each_flavour(|| async {
        for round in 0..100 {
            let (value_tx, _) = channel(0);
            let follower = tokio::spawn(seen(follow(&value_tx)));
            publish(&value_tx, round);
            drop(value_tx);
            assert_eq!(follower.await.unwrap().last(), Some(&round));
        }
    });
}
