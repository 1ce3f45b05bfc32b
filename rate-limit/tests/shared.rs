//! What `shared` promises. But for one test they move a clock of their own: nothing waits.

use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use super::support::{
    NOT_RATES, TURN, YEAR, before, burst, nanos_of, nanos_since, nanos_to_duration, rate,
};
use proptest::prelude::*;
use rate_limit::shared::SharedLimit;
use testkit::within;

const MS: Duration = Duration::from_millis(1);

proptest! {
    /// The oracle knows of no credit: a turn is at the first time at which no window that ends with
    /// it holds more than the burst and what the rate gives in it and (almost) a nanosecond.
    #[test]
    fn turns_are_as_early_as_every_window_allows(
        (per_second, rate) in rate(),
        cap in prop_oneof![1_u32..5, Just(u32::MAX)],
        // In hundredths of a turn: how far the clock moves, by how much this thread's lags, and how
        // long it would wait.
        requests in prop::collection::vec(
            (prop_oneof![Just(0), 0_i128..100, 0_i128..1_000], prop_oneof![Just(0), 0_i128..300], 0_i128..1_000),
            1..100,
        ),
    ) {
        let epoch = Instant::now();
        let start = epoch + nanos_of(300, rate * 100).1;
        let limit = SharedLimit::new(per_second, burst(cap), start).unwrap();
        let mut latest = start;
        // In parts of a nanosecond: `rate` of them make one.
        let mut turns: Vec<i128> = Vec::new();
        for (advance, lag, patience) in requests {
            let now = before(latest + nanos_of(advance, rate * 100).0, nanos_of(lag, rate * 100).0);
            let patience = nanos_of(patience, rate * 100).0;
            latest = latest.max(now);
            let allowed = turns.iter().rev().zip(2..).map(|(from, turns)| from + (turns - i128::from(cap)) * TURN - (rate - 1));
            let turn = allowed.chain([nanos_since(epoch, latest) * rate]).max().unwrap();
            let time = epoch + nanos_to_duration(-(-turn).div_euclid(rate));
            if time - latest > patience {
                prop_assert_eq!(limit.reserve_within(now, patience), Err(time - now));
            } else {
                prop_assert_eq!(limit.reserve_within(now, patience), Ok(time));
                turns.push(turn);
            }
        }
    }
}

#[test]
fn a_turn_is_never_before_those_handed_out_earlier() {
    let start = Instant::now();
    let limit = SharedLimit::new(3.0, burst(4), start).unwrap();
    let turns: Vec<Instant> = (0..1_000).map(|n| limit.reserve(start + MS * n)).collect();
    assert!(turns.is_sorted());
    // The burst is there at the start, then 3 a second.
    assert_eq!(turns[3], start + 3 * MS);
    assert_eq!(turns[999] - start, nanos_of(999 - 3, 3_000_000_000).0);
}

#[test]
#[cfg(not(modelled))] // A million turns: too many steps.
fn years_of_turns_are_where_they_belong() {
    let start = Instant::now();
    // 0.001/s for 6 years, a third of a second 200,000 times, and a number that as a binary
    // fraction is a little less than it says.
    for (per_second, rate) in [
        (0.001, 1_000_000),
        (3.0, 3_000_000_000),
        (8.2, 8_200_000_000),
        (1e6, 1_000_000_000_000_000),
        (1e9, TURN),
    ] {
        let limit = SharedLimit::new(per_second, burst(1), start).unwrap();
        let mut turn = start;
        for n in 0..200_000 {
            // Each time asked when the turn before has come.
            turn = limit.reserve(turn);
            assert_eq!(turn, start + nanos_of(n, rate).0);
        }
    }
}

/// The turns that each of `threads` threads gets when all ask at the time `now`.
fn reserve_from_threads(
    limit: &SharedLimit,
    threads: usize,
    each: u32,
    now: Instant,
) -> Vec<Vec<Instant>> {
    thread::scope(|scope| {
        let reserve = || (0..each).map(|_| limit.reserve(now)).collect();
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(reserve)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .collect()
    })
}

#[test]
fn threads_together_get_each_turn_once() {
    within(|| {
        let start = Instant::now();
        for round in 0..100 {
            let limit = SharedLimit::new(1_000.0, burst(5), start).unwrap();
            let of_threads = reserve_from_threads(&limit, 4, round, start);
            assert!(of_threads.iter().all(|turns| turns.is_sorted()));
            let mut all = of_threads.concat();
            all.sort_unstable();
            let expected: Vec<Instant> = (0..4 * round)
                .map(|n| start + MS * n.saturating_sub(4))
                .collect();
            assert_eq!(all, expected);
        }
    });
}

#[test]
fn threads_that_go_on_from_their_last_turn_lose_nothing() {
    within(|| {
        let start = Instant::now();
        let limit = SharedLimit::new(1_000.0, burst(1), start).unwrap();
        // However late each thread is at its turns: it does not tell.
        let go_on = || {
            let mut turn = start;
            let mut next = || {
                turn = limit.reserve(turn);
                turn
            };
            (0..1_000).map(|_| next()).collect::<Vec<_>>()
        };
        let of_threads: Vec<_> = thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(go_on)).collect();
            let turns = threads.into_iter().map(|thread| thread.join().unwrap());
            turns.collect()
        });
        let mut all = of_threads.concat();
        all.sort_unstable();
        let expected: Vec<Instant> = (0..4_000).map(|n| start + MS * n).collect();
        assert_eq!(all, expected);
    });
}

/// How many turns a thread gets at once after a stall of a minute, if it asks with the time of its
/// last turn, but with none longer ago than `at_most`.
fn turns_after_a_stall(at_most: Duration) -> usize {
    let start = Instant::now();
    let limit = SharedLimit::new(1_000.0, burst(1), start).expect("it is in range");
    let mut turn = limit.reserve(start);
    let now = start + 60_000 * MS;
    let mut next = || {
        turn = limit.reserve(turn.max(before(now, at_most)));
        turn
    };
    (0..100_000).take_while(|_| next() <= now).count()
}

#[test]
fn a_thread_that_stalls_must_not_ask_with_its_last_turn() {
    assert_eq!(turns_after_a_stall(60_000 * MS), 60_000);
    assert_eq!(turns_after_a_stall(100 * MS), 101);
}

#[test]
fn threads_that_wait_do_not_exceed_the_rate() {
    within(|| {
        let start = Instant::now();
        let limit = SharedLimit::new(2_000.0, burst(1), start).unwrap();
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let turn = limit.reserve(Instant::now());
                        // A channel that nobody sends to: a wait and no synchronisation.
                        let (_stop_tx, stop_rx) = channel::<()>();
                        let wait = turn.saturating_duration_since(Instant::now());
                        assert!(stop_rx.recv_timeout(wait).is_err());
                        assert!(Instant::now() >= turn);
                    }
                });
            }
        });
        // Never sooner, under any load; how much later is the system's affair.
        assert!(start.elapsed() >= 39 * MS / 2);
    });
}

#[test]
#[cfg(not(modelled))] // The model's time may pass at any wait.
fn who_waits_holds_up_nobody() {
    within(|| {
        let start = Instant::now();
        let limit = &SharedLimit::new(0.001, burst(1), start).unwrap();
        thread::scope(|scope| {
            let (turn_tx, turn_rx) = channel();
            let (stop_tx, stop_rx) = channel::<()>();
            scope.spawn(move || {
                limit.reserve(start);
                let turn = limit.reserve(start);
                turn_tx.send(turn).unwrap();
                // Waits for 1,000 s, or until told to stop.
                let wait = turn.saturating_duration_since(start);
                assert!(stop_rx.recv_timeout(wait) == Ok(()));
            });
            assert_eq!(turn_rx.recv().unwrap(), start + 1_000_000 * MS);
            // Meanwhile others get their turns, or learn when they would.
            assert_eq!(limit.reserve(start), start + 2_000_000 * MS);
            assert_eq!(limit.reserve_within(start, MS), Err(3_000_000 * MS));
            stop_tx.send(()).unwrap();
        });
    });
}

#[test]
fn a_refusal_costs_no_turn() {
    let start = Instant::now();
    let limit = SharedLimit::new(1.0, burst(1), start).unwrap();
    assert_eq!(limit.reserve_within(start, Duration::ZERO), Ok(start));
    for _ in 0..100 {
        assert_eq!(limit.reserve_within(start, 999 * MS), Err(1_000 * MS));
    }
    assert_eq!(
        limit.reserve_within(start, 1_000 * MS),
        Ok(start + 1_000 * MS)
    );
}

/// It looked at its clock, and then another thread did, and got the lock first.
#[test]
fn a_thread_that_is_slow_to_get_the_lock_is_not_refused() {
    let start = Instant::now();
    let limit = SharedLimit::new(1.0, burst(3), start).unwrap();
    let later = start + 9 * MS;
    assert_eq!(limit.reserve_within(later, Duration::ZERO), Ok(later));
    for patience in [Duration::ZERO, MS] {
        assert_eq!(limit.reserve_within(start, patience), Ok(later));
    }
    // None is there any more.
    assert_eq!(limit.reserve_within(start, 990 * MS), Err(1_009 * MS));
}

#[test]
fn a_turn_that_nobody_uses_is_gone() {
    let start = Instant::now();
    let limit = SharedLimit::new(1.0, burst(1), start).unwrap();
    let turns: Vec<Instant> = (0..3).map(|_| limit.reserve(start)).collect();
    // Whoever holds the second ticket may give up: the next is where it would be anyway.
    assert_eq!(limit.reserve(turns[1]), start + 3_000 * MS);
}

#[test]
fn a_century_of_idleness_gives_a_burst_and_no_more() {
    let start = Instant::now();
    for cap in [1, 1_000] {
        let limit = SharedLimit::new(1e6, burst(cap), start).unwrap();
        for now in [start, start + 100 * YEAR] {
            for _ in 0..cap {
                assert_eq!(limit.reserve(now), now);
            }
            assert_eq!(limit.reserve(now), now + MS / 1_000);
        }
    }
}

#[test]
fn rates_out_of_range_are_refused() {
    for per_second in NOT_RATES {
        let error = SharedLimit::new(per_second, burst(1), Instant::now()).unwrap_err();
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
    for per_second in [1e-9, 1e9] {
        let limit = SharedLimit::new(per_second, burst(u32::MAX), start).unwrap();
        assert_eq!(limit.reserve(start + ages), start + ages);
        assert_eq!(limit.reserve(start + ages), start + ages);
    }
    // Hundreds of turns 32 years apart: none comes sooner than in 584 years.
    let limit = SharedLimit::new(1e-9, burst(1), start).unwrap();
    let turns: Vec<Instant> = (0..1_000).map(|_| limit.reserve(start)).collect();
    assert_eq!(turns[1], start + Duration::from_secs(1_000_000_000));
    assert!(turns.is_sorted() && turns[999] > start + 580 * YEAR);
}
