//! What `ordered` promises, besides what `bounded_concurrency` promises, too:
//!
//! - the results come in the order of the items: `a_slow_item_is_waited_for`
//! - what has ended before its turn keeps its place: `a_slow_item_holds_back_the_input`

use std::future::pending;
use std::pin::pin;
use std::time::Duration;

use super::support::poll;
use async_tokio::ordered as pattern;
use testkit::Ledger;
use tokio::time::sleep;

#[path = "variants/fan_out.rs"]
mod variants;

#[tokio::test(start_paused = true)]
async fn a_slow_item_is_waited_for() {
    let mut results = pattern::fan_out(0..30, 4, |n| async move {
        sleep(Duration::from_millis(30 - n)).await;
        n
    });
    for n in 0..30 {
        assert_eq!(results.next().await, Some(n));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_item_holds_back_the_input() {
    let ledger = Ledger::default();
    let mut results = pattern::fan_out(ledger.items(), 3, |item| async move {
        if item.number == 0 {
            pending::<()>().await;
        }
        drop(item);
    });
    for _ in 0..3 {
        assert!(poll(pin!(results.next())).is_pending());
        sleep(Duration::from_millis(1)).await; // All others have ended by then.
    }
    assert_eq!((ledger.handed_out(), ledger.alive()), (3, 1));
}
