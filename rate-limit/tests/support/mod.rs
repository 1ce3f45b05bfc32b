//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use proptest::prelude::*;

/// One turn. A nanosecond gives `rate` parts of this size, with the rate in billionths per second.
pub(crate) const TURN: i128 = 1_000_000_000_000_000_000;

pub(crate) const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

pub(crate) const NOT_RATES: [f64; 10] = [
    0.0,
    -0.0,
    -1.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    1e300,
    1e-300,
    0.999_999e-9,
    1.000_001e9,
];

pub(crate) fn burst(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).expect("a test asks for one or more")
}

/// A rate per second, and the same in billionths: of all sizes, and with up to nine decimals.
pub(crate) fn rate() -> impl Strategy<Value = (f64, i128)> {
    let decimal = |billionths: RangeInclusive<u64>| {
        billionths.prop_map(|n| {
            let text = format!("{}.{:09}", n / 1_000_000_000, n % 1_000_000_000);
            (text.parse().expect("a number"), i128::from(n))
        })
    };
    prop_oneof![
        decimal(1..=1_000),
        decimal(1_000_000..=2_000_000_000),
        decimal(1_000_000_000..=1_000_000_000_000_000),
        Just((1e9, TURN)),
    ]
}

/// The nanoseconds in which `turns` come, rounded down and up.
pub(crate) fn nanos_of(turns: i128, rate: i128) -> (Duration, Duration) {
    let nanos = turns * TURN / rate;
    (
        nanos_to_duration(nanos),
        nanos_to_duration(-(-turns * TURN).div_euclid(rate)),
    )
}

pub(crate) fn nanos_to_duration(nanos: i128) -> Duration {
    let nanos = u128::try_from(nanos).expect("not before the start");
    let seconds = u64::try_from(nanos / 1_000_000_000).expect("within the age of the universe");
    Duration::from_secs(seconds) + Duration::from_nanos((nanos % 1_000_000_000) as u64)
}

pub(crate) fn before(time: Instant, by: Duration) -> Instant {
    time.checked_sub(by)
        .expect("the machine runs for longer than that")
}

/// Nanoseconds since `start`.
pub(crate) fn nanos_since(start: Instant, time: Instant) -> i128 {
    i128::try_from(time.duration_since(start).as_nanos()).expect("within the age of the universe")
}
