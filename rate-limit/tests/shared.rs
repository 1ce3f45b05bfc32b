//! What `shared` promises; but for `wait`, the clock is one of the tests:
//! - a turn is as early as every window allows, and in the order of the requests:
//!   `turns_are_as_early_as_every_window_allows`
//! - in no window are too many turns, whatever the clocks say: `no_window_has_too_many_turns`
//! - threads get each turn once, and lose none if they ask with the time of their last one:
//!   `threads_get_each_turn_once`
//! - threads that wait do not exceed the rate: `threads_that_wait_do_not_exceed_the_rate`
//! - no thread holds the lock while it waits: `who_waits_holds_up_nobody`
//! - a refusal costs no turn, a turn that nobody uses is gone: `a_refusal_costs_no_turn`
//! - an absurd time panics, and harms nobody else: `an_absurd_time_harms_nobody_else`
//! - zeros are refused: `zeros_are_refused`

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use rate_limit::shared::SharedLimit;
use testkit::{MANY, panic_of, within};

use super::support::{MS, SECOND, advances, assert_limited, next_turn, period};

proptest! {
    #[test]
    fn turns_are_as_early_as_every_window_allows(
        period in period(),
        burst in prop_oneof![1_u32..5, Just(u32::MAX)],
        advances in advances(),
        patience in 0..1_000_u32,
    ) {
        let mut now = Instant::now();
        let limit = SharedLimit::new(period, burst, now);
        let patience = period * patience / 100;
        let mut turns: Vec<Instant> = Vec::new();
        for advance in advances {
            now += period * advance / 100;
            let turn = next_turn(&turns, now, period, burst);
            let expected = if turn - now > patience { Err(turn - now) } else { Ok(turn) };
            prop_assert_eq!(limit.reserve_within(now, patience), expected);
            turns.extend(expected);
        }
        prop_assert!(turns.is_sorted());
    }

    #[test]
    fn no_window_has_too_many_turns(
        period in period(),
        burst in 1_u32..5,
        clocks in advances(),
    ) {
        let start = Instant::now();
        let limit = SharedLimit::new(period, burst, start);
        // To and fro.
        let turns = clocks.into_iter().map(|now| limit.reserve(start + period * now / 100));
        assert_limited(turns.collect(), period, period * (burst - 1));
    }
}

/// What `turns` returns on each of four threads, where it must be in order.
fn on_four_threads(turns: impl Fn() -> Vec<Instant> + Sync) -> Vec<Instant> {
    let all = thread::scope(|scope| {
        let threads = [(); 4].map(|()| scope.spawn(&turns));
        threads.map(|thread| thread.join().expect("it takes turns and no more"))
    });
    assert!(all.iter().all(|turns| turns.is_sorted()));
    all.concat()
}

#[test]
fn threads_get_each_turn_once() {
    within(|| {
        let start = Instant::now();
        let limit = SharedLimit::new(MS, 1, start);
        // However late each thread is at its turns: it does not tell.
        let mut all = on_four_threads(|| {
            let mut turn = start;
            let next = |_| {
                turn = limit.reserve(turn);
                turn
            };
            (0..MANY).map(next).collect()
        });
        all.sort_unstable();
        assert!((0..).map(|n| start + MS * n).take(all.len()).eq(all));
    });
}

#[test]
fn threads_that_wait_do_not_exceed_the_rate() {
    within(|| {
        let start = Instant::now();
        let limit = SharedLimit::new(MS / 2, 1, start);
        let mut times = on_four_threads(|| {
            let wait = |n| {
                if n % 2 == 0 {
                    limit.wait();
                } else {
                    limit.wait_within(SECOND * 60).expect("40 turns take 20 ms");
                }
                Instant::now()
            };
            (0..10).map(wait).collect()
        });
        times.sort_unstable();
        // Never sooner, under any load; how much later is the system's affair.
        assert!((0..).zip(times).all(|(n, time)| time >= start + n * MS / 2));
    });
}

#[test]
#[cfg(not(modelled))] // There, a thread that sleeps at the end is a deadlock.
fn who_waits_holds_up_nobody() {
    within(|| {
        let hour = 3_600 * SECOND;
        let start = Instant::now();
        let limit = Arc::new(SharedLimit::new(hour, 1, start));
        assert_eq!(limit.reserve(start), start);
        let sleeper = Arc::clone(&limit);
        thread::spawn(move || sleeper.wait());
        // Once that one has its ticket, the next is two hours away, and others are told so.
        while limit.reserve_within(start, MS) != Err(2 * hour) {
            thread::yield_now();
        }
        assert!(limit.wait_within(MS).is_err());
    });
}

#[test]
fn a_refusal_costs_no_turn() {
    let start = Instant::now();
    let limit = SharedLimit::new(SECOND, 1, start);
    assert_eq!(limit.reserve_within(start, Duration::ZERO), Ok(start));
    for _ in 0..3 {
        assert_eq!(limit.reserve_within(start, 999 * MS), Err(SECOND));
    }
    assert_eq!(limit.reserve_within(start, SECOND), Ok(start + SECOND));
    // Whoever holds this ticket may give up: the next turn is where it would be anyway.
    assert_eq!(limit.reserve(start), start + 2 * SECOND);
}

#[test]
fn an_absurd_time_harms_nobody_else() {
    let start = Instant::now();
    let mut end = start;
    for shift in (0..64).rev() {
        end = end
            .checked_add(Duration::from_secs(1 << shift))
            .unwrap_or(end);
    }
    let limit = SharedLimit::new(SECOND, 1, start);
    let message = panic_of(|| limit.reserve(end));
    assert!(
        message.starts_with("overflow when adding duration"),
        "{message}"
    );
    assert_eq!(limit.reserve(start), start);
}

#[test]
fn zeros_are_refused() {
    let message = |period, burst| panic_of(|| SharedLimit::new(period, burst, Instant::now()));
    assert_eq!(message(Duration::ZERO, 1), "a period must not be zero");
    assert_eq!(message(MS, 0), "a burst must hold a turn");
}
