//! What `paced` promises. The tests move a clock of their own: nothing waits.

use std::time::{Duration, Instant};

use super::support::{NOT_RATES, TURN, YEAR, before, nanos_of, nanos_since, rate};
use proptest::prelude::*;
use rate_limit::paced::Pace;

const MS: Duration = Duration::from_millis(1);

/// More than any test is late.
const EVER: Duration = Duration::from_secs(1 << 40);

#[test]
fn years_of_turns_are_where_they_belong() {
    let start = Instant::now();
    // 0.001/s for 31 years, 1/3 of a nanosecond left over 1,000,000 times, and a number that as a
    // binary fraction is a little less than it says.
    for (per_second, rate, turns) in [
        (0.001, 1_000_000, 1_000_000),
        (3.0, 3_000_000_000, 1_000_000),
        (8.2, 8_200_000_000, 1_000_000),
        (1e6, 1_000_000_000_000_000, 1_000_000),
        (1e9, TURN, 1_000_000),
    ] {
        let mut pace = Pace::new(per_second, EVER, start).unwrap();
        for n in 0..turns {
            assert_eq!(pace.next_turn(start), start + nanos_of(n, rate).0);
        }
    }
}

proptest! {
    #[test]
    fn a_turn_is_a_period_after_the_one_before(
        (per_second, rate) in rate(),
        lateness in prop::collection::vec(0_u64..5_000_000, 1..300),
    ) {
        let start = Instant::now();
        let mut pace = Pace::new(per_second, EVER, start).unwrap();
        let mut now = start;
        for (n, late) in (0..).zip(lateness) {
            let turn = pace.next_turn(now);
            prop_assert_eq!(turn, start + nanos_of(n, rate).0);
            now = now.max(turn) + Duration::from_nanos(late);
        }
    }

    #[test]
    fn no_window_has_too_many_turns(
        (per_second, rate) in rate(),
        catch_up in 0_u64..1_000_000,
        // In hundredths of a period.
        lateness in prop::collection::vec(prop_oneof![Just(0), 0_i128..100, 0_i128..100_000], 1..100),
    ) {
        let start = Instant::now();
        let mut pace = Pace::new(per_second, Duration::from_nanos(catch_up), start).unwrap();
        let mut now = start;
        let mut used = Vec::new();
        for late in lateness {
            now = now.max(pace.next_turn(now));
            used.push(nanos_since(start, now));
            now += nanos_of(late, rate * 100).0;
        }
        for (i, from) in used.iter().enumerate() {
            for (turns, until) in (0..).zip(&used[i..]) {
                // One at `from`, and what the rate gives since; a turn may be rounded down.
                prop_assert!(turns * TURN <= (until - from + i128::from(catch_up) + 1) * rate);
            }
        }
    }
}

#[test]
fn sleeping_too_long_does_not_add_up() {
    let start = Instant::now();
    for (per_second, period) in [(100.0, 10 * MS), (1_000.0, MS), (10_000.0, MS / 10)] {
        let mut pace = Pace::new(per_second, 100 * MS, start).unwrap();
        let mut now = start;
        for n in 0..1_000_000 {
            let turn = pace.next_turn(now);
            assert_eq!(turn, start + period * n);
            // Each sleep takes 60 µs too long, and now and then one 5 ms: many periods.
            let too_long = if n % 100 == 99 {
                5 * MS
            } else {
                MS * 60 / 1_000
            };
            now = now.max(turn + too_long);
        }
    }
}

#[test]
fn a_stall_of_a_minute_is_made_up_for_within_the_cap() {
    let start = Instant::now();
    for (catch_up, at_once) in [(Duration::ZERO, 1), (MS, 2), (100 * MS, 101)] {
        let mut pace = Pace::new(1_000.0, catch_up, start).unwrap();
        assert_eq!(pace.next_turn(start), start);
        let now = start + 60_000 * MS;
        for n in 0..at_once {
            assert_eq!(pace.next_turn(now), before(now, catch_up) + MS * n);
        }
        // From here on the schedule is as it was.
        assert_eq!(pace.next_turn(now), now + MS);
        assert_eq!(pace.next_turn(now), now + 2 * MS);
    }
}

#[test]
fn a_clock_that_goes_back_moves_no_turn() {
    let start = Instant::now() + YEAR;
    let mut pace = Pace::new(2.0, MS, start).unwrap();
    for n in 0..10 {
        let now = before(start, MS * 70 * n);
        assert_eq!(pace.next_turn(now), start + 500 * MS * n);
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    for per_second in NOT_RATES {
        let error = Pace::new(per_second, MS, Instant::now()).unwrap_err();
        assert_eq!(error.per_second.to_bits(), per_second.to_bits());
        let message = format!("a rate of {per_second:?} per second is not from 1e-9 to 1e9");
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn the_ends_of_the_range_are_rates() {
    let start = Instant::now();
    for (per_second, period) in [
        (1e-9, Duration::from_secs(1_000_000_000)),
        (1e9, Duration::from_nanos(1)),
    ] {
        let mut pace = Pace::new(per_second, Duration::MAX, start).unwrap();
        for n in 0..100 {
            assert_eq!(pace.next_turn(start + 500 * YEAR), start + period * n);
        }
    }
}
