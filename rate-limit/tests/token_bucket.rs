//! What `token_bucket` promises. The tests move a clock of their own: nothing waits.

use std::time::{Duration, Instant};

use super::support::{NOT_RATES, TURN as TOKEN, YEAR, before, burst, nanos_of, nanos_since, rate};
use proptest::prelude::*;
use rate_limit::token_bucket::TokenBucket;

const MS: Duration = Duration::from_millis(1);
const NANO: Duration = Duration::from_nanos(1);

/// How far the clock moves before each request, in hundredths of a token: not at all, by less than
/// a token, and by many.
fn advances() -> impl Strategy<Value = Vec<i128>> {
    prop::collection::vec(prop_oneof![Just(0), 0_i128..100, 0_i128..1_000], 1..150)
}

proptest! {
    /// The oracle knows of no bucket: a request is granted if and only if no window that ends with
    /// it holds more than the burst and what the rate gives in it and (almost) a nanosecond.
    #[test]
    fn a_token_is_there_exactly_when_every_window_allows_it(
        (per_second, rate) in rate(),
        cap in prop_oneof![1_u32..5, Just(u32::MAX)],
        advances in advances(),
    ) {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(per_second, burst(cap), start).unwrap();
        let mut now = start;
        let mut granted: Vec<i128> = Vec::new();
        for advance in advances {
            now += nanos_of(advance, rate * 100).0;
            let time = nanos_since(start, now);
            let allowed = granted.iter().rev().zip(2..).all(|(from, tokens)| {
                tokens * TOKEN <= i128::from(cap) * TOKEN + (time - from) * rate + (rate - 1)
            });
            prop_assert_eq!(bucket.try_take(now).is_ok(), allowed);
            if allowed {
                granted.push(time);
            }
        }
    }

    #[test]
    fn a_wait_is_exact((per_second, rate) in rate(), cap in 1_u32..5, advances in advances()) {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(per_second, burst(cap), start).unwrap();
        let mut now = start;
        for advance in advances {
            now += nanos_of(advance, rate * 100).0;
            if let Err(wait) = bucket.try_take(now) {
                prop_assert_eq!(bucket.clone().try_take(before(now + wait, NANO)), Err(NANO));
                prop_assert_eq!(bucket.clone().try_take(now + wait), Ok(()));
            }
        }
    }
}

#[test]
fn years_of_tokens_come_when_they_should() {
    let start = Instant::now();
    // 0.001/s for 15 years, a third of a second 500,000 times, and a number that as a binary
    // fraction is a little less than it says.
    for (per_second, rate) in [
        (0.001, 1_000_000),
        (3.0, 3_000_000_000),
        (8.2, 8_200_000_000),
        (1e6, 1_000_000_000_000_000),
        (1e9, TOKEN),
    ] {
        let mut bucket = TokenBucket::new(per_second, burst(1), start).unwrap();
        let mut turn = start;
        for n in 0..500_000 {
            if let Err(wait) = bucket.try_take(turn) {
                turn += wait;
                assert_eq!(bucket.try_take(turn), Ok(()));
            }
            assert_eq!(turn, start + nanos_of(n, rate).0);
        }
    }
}

#[test]
fn asking_often_loses_nothing() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(0.7, burst(1), start).unwrap();
    // Every 999,983 ns, a prime: for ten minutes and a little.
    let asked = (0..600_020).map(|n| start + Duration::from_nanos(999_983) * n);
    let granted = asked.filter(|&now| bucket.try_take(now).is_ok()).count();
    // Each token is asked for up to 1 ms late, with a bucket that is then full: 420 would come
    // else.
    assert_eq!(granted, 420);
}

#[test]
fn sleeping_too_long_does_not_add_up() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(1_000.0, burst(1), start).unwrap();
    let mut turn = start;
    for n in 0_u32..100_000 {
        if let Err(wait) = bucket.try_take(turn) {
            // The caller sleeps, whether for `wait` or much longer, and asks as if in time.
            turn += wait;
            assert_eq!(bucket.try_take(turn), Ok(()));
        }
        assert_eq!(turn, start + MS * n);
    }
}

#[test]
fn a_burst_as_large_as_the_oversleep_keeps_the_rate_too() {
    let start = Instant::now();
    let mut bucket = TokenBucket::new(1_000.0, burst(6), start).unwrap();
    let mut now = start;
    for n in 0_u32..100_000 {
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
fn a_clock_that_stands_still_gives_the_burst_and_no_more() {
    let now = Instant::now();
    let mut bucket = TokenBucket::new(1e9, burst(7), now).unwrap();
    assert_eq!((0..100).filter(|_| bucket.try_take(now).is_ok()).count(), 7);
}

#[test]
fn a_clock_that_goes_back_gives_nothing_and_takes_nothing() {
    let start = Instant::now() + YEAR;
    let mut bucket = TokenBucket::new(1.0, burst(2), start).unwrap();
    assert_eq!(bucket.try_take(start), Ok(()));
    // What is there can be taken at any time.
    assert_eq!(bucket.try_take(before(start, 300 * MS)), Ok(()));
    assert_eq!(bucket.try_take(before(start, 300 * MS)), Err(1_300 * MS));
    // To and fro, the same time gives nothing twice.
    for _ in 0..100 {
        assert_eq!(bucket.try_take(start + 400 * MS), Err(600 * MS));
        assert_eq!(bucket.try_take(before(start, YEAR)), Err(YEAR + 1_000 * MS));
    }
    assert_eq!(bucket.try_take(before(start + 1_000 * MS, NANO)), Err(NANO));
    assert_eq!(bucket.try_take(start + 1_000 * MS), Ok(()));
}

#[test]
fn a_century_of_idleness_gives_a_burst_and_no_more() {
    let start = Instant::now();
    for (per_second, period) in [(1e9, NANO), (1e6, MS / 1_000), (0.5, 2_000 * MS)] {
        for cap in [1, 1_000] {
            let mut bucket = TokenBucket::new(per_second, burst(cap), start).unwrap();
            let later = start + 100 * YEAR;
            for now in [start, later] {
                for _ in 0..cap {
                    assert_eq!(bucket.try_take(now), Ok(()));
                }
                assert_eq!(bucket.try_take(now), Err(period));
            }
        }
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    for per_second in NOT_RATES {
        let error = TokenBucket::new(per_second, burst(1), Instant::now()).unwrap_err();
        assert_eq!(error.per_second.to_bits(), per_second.to_bits());
        let message = format!("a rate of {per_second:?} per second is not from 1e-9 to 1e9");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_ends_of_the_range_do_not_overflow() {
    let start = Instant::now();
    // About as long as an `Instant` goes.
    let ages = Duration::from_secs(1 << 62);
    for (per_second, wait) in [(1e-9, Duration::from_secs(1_000_000_000)), (1e9, NANO)] {
        let mut bucket = TokenBucket::new(per_second, burst(u32::MAX), start).unwrap();
        for now in [start + ages, start, start + ages] {
            assert_eq!(bucket.try_take(now), Ok(()));
        }
        let mut bucket = TokenBucket::new(per_second, burst(1), start + ages).unwrap();
        assert_eq!(bucket.try_take(start), Ok(()));
        assert_eq!(bucket.try_take(start), Err(ages + wait));
    }
}
