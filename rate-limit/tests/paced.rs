//! What `paced` promises; nothing waits here, the clock is one of the tests:
//! - turn n is n periods after the first, however late the caller: `late_callers_move_no_turn`
//! - a period of whole nanoseconds is precise enough:
//!   `a_million_a_second_is_right_within_a_thousandth`
//! - at most `catch_up` is made up for: `a_stall_of_a_minute_is_made_up_for_within_the_cap`
//! - no window has too many turns: `no_window_has_too_many_turns`
//! - a clock that goes back moves nothing: `a_clock_that_goes_back_moves_no_turn`
//! - a period of zero is refused: `zero_is_refused`

use std::time::{Duration, Instant};

use proptest::prelude::*;
use rate_limit::paced::Pace;
use testkit::panic_of;

use super::support::{MS, SECOND, YEAR, advances, assert_limited, before, period};

proptest! {
    #[test]
    fn late_callers_move_no_turn(period in period(), lateness in advances()) {
        let start = Instant::now();
        let mut pace = Pace::new(period, Duration::MAX, start);
        let mut now = start;
        for (n, late) in (0..).zip(lateness) {
            let turn = pace.next_turn(now);
            prop_assert_eq!(turn, start + period * n);
            now = now.max(turn) + period * late / 100;
        }
    }

    #[test]
    fn no_window_has_too_many_turns(
        period in period(),
        catch_up in 0..500_u32,
        lateness in advances(),
    ) {
        let catch_up = period * catch_up / 100;
        let mut now = Instant::now();
        let mut pace = Pace::new(period, catch_up, now);
        let used = lateness.into_iter().map(|late| {
            now += period * late / 100;
            now = now.max(pace.next_turn(now));
            now
        });
        assert_limited(used.collect(), period, catch_up);
    }
}

#[test]
fn a_million_a_second_is_right_within_a_thousandth() {
    // The second is that of which most is cut off: 0.998 ns of 1,000.998.
    for per_second in [1, 999_002, 1_000_000] {
        let lasts = SECOND / per_second * per_second;
        assert!(lasts + MS >= SECOND, "{lasts:?}");
    }
}

#[test]
fn a_stall_of_a_minute_is_made_up_for_within_the_cap() {
    let start = Instant::now();
    for (catch_up, at_once) in [(Duration::ZERO, 1), (MS, 2), (100 * MS, 101)] {
        let mut pace = Pace::new(MS, catch_up, start);
        assert_eq!(pace.next_turn(start), start);
        let now = start + 60 * SECOND;
        // From then on, the schedule is as it was.
        for n in 0..at_once + 2 {
            assert_eq!(pace.next_turn(now), before(now, catch_up) + MS * n);
        }
    }
}

#[test]
fn a_clock_that_goes_back_moves_no_turn() {
    let start = Instant::now() + YEAR;
    let mut pace = Pace::new(SECOND, MS, start);
    for n in 0..10 {
        let now = before(start, MS * 70 * n);
        assert_eq!(pace.next_turn(now), start + SECOND * n);
    }
}

#[test]
fn zero_is_refused() {
    let message = panic_of(|| Pace::new(Duration::ZERO, MS, Instant::now()));
    assert_eq!(message, "a period must not be zero");
}
