//! What `watch` promises:
//!
//! - a follower begins with the value that is there, also where nobody followed:
//!   `a_value_that_nobody_follows_is_kept`
//! - values come in order, none twice, and never is the last one skipped:
//!   `values_are_skipped_but_never_the_last`
//! - a slow follower holds up nobody: `a_slow_follower_delays_nobody`
//! - an equal value wakes nobody, and a `next` that is dropped loses nothing:
//!   `a_cancelled_next_loses_nothing`
//! - the old value is dropped when the new one is out:
//!   `a_drop_of_the_old_value_finds_the_new_one_published`

use std::pin::pin;

use super::support::{multi_thread, poll};
use async_tokio::watch::{follow, next, publish};
use testkit::within;
use tokio::sync::watch::{Receiver, channel};

#[tokio::test]
async fn a_value_that_nobody_follows_is_kept() {
    let (value_tx, value_rx) = channel(0);
    drop(value_rx);
    assert!(publish(&value_tx, 1));
    let mut value_rx = follow(&value_tx);
    assert_eq!(next(&mut value_rx).await, Some(1));
    assert!(poll(pin!(next(&mut value_rx))).is_pending());
}

#[test]
fn values_are_skipped_but_never_the_last() {
    within(|| {
        let runtime = multi_thread();
        let (value_tx, _) = channel(0);
        let follow = || {
            let mut value_rx = follow(&value_tx);
            runtime.spawn(async move {
                let mut seen = Vec::new();
                while let Some(value) = next(&mut value_rx).await {
                    seen.push(value);
                }
                seen
            })
        };
        let followers = [follow(), follow()];
        // From a thread of its own, so that values change also while one is being taken.
        (1..=100_000).for_each(|n| assert!(publish(&value_tx, n)));
        drop(value_tx);
        for follower in followers {
            let seen = runtime.block_on(follower).unwrap();
            assert!(seen.is_sorted_by(|one, next| one < next));
            assert_eq!(seen.last(), Some(&100_000));
        }
    });
}

#[tokio::test]
async fn a_slow_follower_delays_nobody() {
    let (value_tx, _) = channel("first");
    let (mut slow_rx, mut fast_rx) = (follow(&value_tx), follow(&value_tx));
    let being_applied = next(&mut slow_rx).await;
    // Would block forever if there were still a borrow.
    publish(&value_tx, "second");
    assert_eq!(next(&mut fast_rx).await, Some("second"));
    assert_eq!(being_applied, Some("first"));
    assert_eq!(next(&mut slow_rx).await, Some("second"));
}

#[tokio::test]
async fn a_cancelled_next_loses_nothing() {
    let (value_tx, mut value_rx) = channel(0);
    for n in 1..=20 {
        assert!(!publish(&value_tx, n - 1));
        assert!(poll(pin!(next(&mut value_rx))).is_pending());
        assert!(publish(&value_tx, n));
        assert_eq!(next(&mut value_rx).await, Some(n));
    }
    drop(value_tx);
    assert_eq!(next(&mut value_rx).await, None);
}

/// Looks at its channel as it is dropped, if it has one.
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
            assert_eq!(value_rx.borrow().0, 2);
        }
    }
}

#[test]
fn a_drop_of_the_old_value_finds_the_new_one_published() {
    within(|| {
        let (value_tx, _) = channel(Looks(0, None));
        publish(&value_tx, Looks(1, Some(value_tx.subscribe())));
        assert!(publish(&value_tx, Looks(2, None)));
    });
}
