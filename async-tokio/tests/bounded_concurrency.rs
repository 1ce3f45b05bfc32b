//! What `bounded_concurrency` promises, besides what `ordered` promises, too:
//!
//! - the results come as they become ready: `a_slow_item_is_overtaken`

use std::future::pending;

use async_tokio::bounded_concurrency as pattern;

use super::support::on_each_flavour;

#[path = "variants/fan_out.rs"]
mod variants;

#[test]
fn a_slow_item_is_overtaken() {
    on_each_flavour(|| async {
        let mut results = pattern::fan_out(["slow", "fast"], 2, |item| async move {
            if item == "slow" {
                pending::<()>().await;
            }
            item
        });
        assert_eq!(results.next().await, Some("fast"));
    });
}
