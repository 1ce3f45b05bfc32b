//! What `RUST_LOG` may hold.

use super::parse_filter;

#[test]
fn a_filter_is_a_level_or_a_list() {
    for good in [
        "off",
        "debug",
        "WARN",
        "warn,fan_out_fan_in=debug",
        "fan_out_fan_in=trace",
        "rate_limit",
        "warn,rate_limit",
    ] {
        assert!(parse_filter(good, "rate-limit").is_some(), "{good}");
    }
    for bad in [
        "debg",
        "fan_out_fan_in",
        "info;debug",
        "fan_out_fan_in=loud",
    ] {
        assert!(parse_filter(bad, "rate-limit").is_none(), "{bad}");
    }
}
