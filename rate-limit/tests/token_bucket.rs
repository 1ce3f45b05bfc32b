//! What `token_bucket` promises; nothing waits here, the clock is one of the tests:
//! - a token is there exactly when every window allows it, and a wait is exact:
//!   `a_token_is_there_exactly_when_every_window_allows_it`
//! - idleness gives a burst and no more: `a_century_of_idleness_gives_a_burst`
//! - a late caller loses nothing if it asks with the time for which it waited, or has a burst:
//!   `sleeping_too_long_does_not_add_up`, `a_burst_as_long_as_the_oversleep_keeps_the_rate_too`
//! - after a stall, it must not ask so: `a_caller_that_stalls_must_not_ask_with_its_last_turn`
//! - a clock that stands still or goes back gives nothing: `a_clock_that_goes_back_gives_nothing`
//! - zeros are refused: `zeros_are_refused`

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rate_limit::token_bucket::TokenBucket;
use testkit::panic_of;

use super::support::{MS, NANO, SECOND, YEAR, advances, before, next_turn, period};

proptest! {
    #[test]
    fn a_token_is_there_exactly_when_every_window_allows_it(
        period in period(),
        burst in prop_oneof![1_u32..5, Just(u32::MAX)],
        advances in advances(),
    ) {
        let mut now = Instant::now();
        let mut bucket = TokenBucket::new(period, burst, now);
        let mut granted: Vec<Instant> = Vec::new();
        for advance in advances {
            now += period * advance / 100;
            let wait = next_turn(&granted, now, period, burst) - now;
            let took = bucket.try_take(now);
            prop_assert_eq!(took, if wait.is_zero() { Ok(()) } else { Err(wait) });
            granted.extend(took.is_ok().then_some(now));
        }
    }
}

#[test]
fn a_century_of_idleness_gives_a_burst() {
    let start = Instant::now();
    for period in [NANO, MS, 1_000_000_000 * SECOND] {
        for burst in [1, 1_000] {
            let mut bucket = TokenBucket::new(period, burst, start);
            for now in [start, start + YEAR * 100 * 1_000] {
                assert!((0..burst).all(|_| bucket.try_take(now).is_ok()));
                assert_eq!(bucket.try_take(now), Err(period));
            }
        }
    }
}

/// When turn after turn comes, for a thread that waits for each and asks with the time until which
/// it meant to wait, however late it wakes.
fn turns(start: Instant) -> impl Iterator<Item = Instant> {
    let (mut bucket, mut turn) = (TokenBucket::new(MS, 1, start), start);
    std::iter::from_fn(move || {
        if let Err(wait) = bucket.try_take(turn) {
            turn += wait;
            assert_eq!(bucket.try_take(turn), Ok(()));
        }
        Some(turn)
    })
}

#[test]
fn sleeping_too_long_does_not_add_up() {
    let start = Instant::now();
    assert!(
        turns(start)
            .take(10_000)
            .eq((0..10_000).map(|n| start + MS * n))
    );
}

#[test]
fn a_caller_that_stalls_must_not_ask_with_its_last_turn() {
    let start = Instant::now();
    let now = start + 60 * SECOND;
    let at_once = turns(start).take_while(|turn| *turn <= now);
    assert_eq!(at_once.count(), 60_001);
}

#[test]
fn a_burst_as_long_as_the_oversleep_keeps_the_rate_too() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(MS, 6, start);
    let mut now = start;
    for n in 0_u32..10_000 {
        if let Err(wait) = bucket.try_take(now) {
            // Each sleep takes 4.9 ms too long.
            now += wait + MS * 49 / 10;
            assert_eq!(bucket.try_take(now), Ok(()));
        }
        // After the first six, token n is there n - 5 periods after the start.
        let due = start + MS * n.saturating_sub(5);
        assert!(due <= now && now <= due + MS * 49 / 10);
    }
}

#[test]
fn a_clock_that_goes_back_gives_nothing() {
    let start = Instant::now() + YEAR;
    let mut bucket = TokenBucket::new(SECOND, 2, start);
    assert_eq!(bucket.try_take(start), Ok(()));
    assert_eq!(bucket.try_take(start), Ok(()));
    // To and fro, the same time gives nothing twice, and a wait ends at the same moment.
    for _ in 0..3 {
        assert_eq!(bucket.try_take(start + 400 * MS), Err(600 * MS));
        assert_eq!(bucket.try_take(before(start, YEAR)), Err(YEAR + SECOND));
    }
    assert_eq!(bucket.try_take(start + SECOND), Ok(()));
}

#[test]
fn zeros_are_refused() {
    let message = |period, burst| panic_of(|| TokenBucket::new(period, burst, Instant::now()));
    assert_eq!(message(Duration::ZERO, 1), "a period must not be zero");
    assert_eq!(message(MS, 0), "a bucket must hold a token");
}
