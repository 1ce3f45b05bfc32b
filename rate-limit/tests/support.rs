//! What the tests of several patterns need.
#![allow(dead_code, reason = "under the scheduler, pitfalls are not there")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

pub(crate) const NANO: Duration = Duration::from_nanos(1);
pub(crate) const MS: Duration = Duration::from_millis(1);
pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// From a nanosecond to 32 years.
pub(crate) fn period() -> impl Strategy<Value = Duration> {
    (1..1_000_u64, 0..16_u32).prop_map(|(n, zeros)| Duration::from_nanos(n * 10_u64.pow(zeros)))
}

/// How far the clock moves each time, in hundredths of a period: not at all, by less than a period,
/// and by many.
pub(crate) fn advances() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![Just(0), 0..100_u32, 0..1_000_u32], 1..100)
}

pub(crate) fn before(time: Instant, by: Duration) -> Instant {
    time.checked_sub(by).expect("the machine runs longer")
}

/// The oracle, which knows no bucket: the first time, from `now` on, at which no window that ends
/// with it holds more turns than `burst` and what the rate gives in it.
pub(crate) fn next_turn(turns: &[Instant], now: Instant, period: Duration, burst: u32) -> Instant {
    let windows = turns.iter().rev().zip(2_u32..);
    let allowed = windows.map(|(&from, turns)| from + period * turns.saturating_sub(burst));
    allowed.fold(now, Instant::max)
}

/// In no window are more turns than one each `period` in that time and in `ahead`, plus one.
pub(crate) fn assert_limited(mut turns: Vec<Instant>, period: Duration, ahead: Duration) {
    turns.sort_unstable();
    for (first, from) in turns.iter().enumerate() {
        for (periods, until) in (0..).zip(&turns[first..]) {
            assert!(period * periods <= *until - *from + ahead, "{turns:?}");
        }
    }
}
