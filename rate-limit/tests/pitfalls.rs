//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::{Mutex, TryLockError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::support::{before, burst};
use crossbeam_channel::{bounded, never, select, tick};
use rate_limit::paced::Pace;
use rate_limit::shared::SharedLimit;
use rate_limit::ticked::{End, pass_on};
use rate_limit::token_bucket::TokenBucket;
use testkit::within;

const MS: Duration = Duration::from_millis(1);

/// By how much a sleep takes too long on a usual machine.
const TOO_LONG: Duration = Duration::from_micros(60);

/// How many turns a limiter gives in 100 seconds, of two million at most, when each sleep takes too
/// long. It gets the time and returns when it has had its turn.
fn turns_in_100_seconds(start: Instant, mut turn: impl FnMut(Instant) -> Instant) -> u32 {
    let mut now = start;
    for turns in 0..2_000_000 {
        if now >= start + 100_000 * MS {
            return turns;
        }
        now = turn(now);
    }
    panic!("twice as many turns as any test asks for")
}

#[test]
fn sleeping_for_the_rest_and_asking_the_clock_anew_is_too_slow() {
    for (period, slow, right) in [
        (10 * MS, 9_941, 10_000),
        (MS, 94_340, 100_000),
        (MS / 10, 625_000, 1_000_000),
    ] {
        // Wrong: the next period begins when the sleep was over, not when it should have been.
        let start = Instant::now();
        let mut last = start;
        let turns = turns_in_100_seconds(start, |now| {
            let elapsed = now.saturating_duration_since(last);
            last = now + period.saturating_sub(elapsed) + TOO_LONG;
            last
        });
        assert_eq!(turns, slow);

        // Right: against a schedule.
        let per_second = f64::from(right) / 100.0;
        let mut pace = Pace::new(per_second, 100 * MS, start).unwrap();
        let turns = turns_in_100_seconds(start, |now| now.max(pace.next_turn(now) + TOO_LONG));
        assert!(turns.abs_diff(right) <= 1, "{turns}");
    }
}

#[test]
fn a_bucket_for_one_that_is_asked_on_waking_is_too_slow() {
    let start = Instant::now();
    // Wrong: the bucket is full when the wait is over, and throws away what comes until the thread
    // has woken.
    let mut bucket = TokenBucket::new(1_000.0, burst(1), start).unwrap();
    let turns = turns_in_100_seconds(start, |now| match bucket.try_take(now) {
        Ok(()) => now,
        Err(wait) => {
            let woken = now + wait + TOO_LONG;
            assert_eq!(bucket.try_take(woken), Ok(()));
            woken
        }
    });
    assert!(turns < 94_400, "{turns}");

    // Right: it is asked with the time until which the thread meant to wait.
    let mut bucket = TokenBucket::new(1_000.0, burst(1), start).unwrap();
    let mut turn = start;
    let turns = turns_in_100_seconds(start, |now| {
        if let Err(wait) = bucket.try_take(turn) {
            turn += wait;
            assert_eq!(bucket.try_take(turn), Ok(()));
        }
        now.max(turn + TOO_LONG)
    });
    assert!((100_000..=100_002).contains(&turns), "{turns}");
}

#[test]
fn a_refill_in_whole_tokens_gives_too_little() {
    let start = Instant::now();
    // For 100 seconds, a request each 0.3 ms, at 1,000 per second: more than are allowed.
    let requests = (0..333_333).map(|n| start + n * MS * 3 / 10);

    // Wrong: each refill drops the fraction of a token, here all there is.
    let (mut tokens, mut filled, mut granted) = (1, start, 0);
    for now in requests.clone() {
        tokens = 1.min(tokens + now.duration_since(filled).as_millis());
        filled = now;
        if tokens > 0 {
            tokens -= 1;
            granted += 1;
        }
    }
    assert_eq!(granted, 1);

    // Right: credit is kept in parts of a token.
    let mut bucket = TokenBucket::new(1_000.0, burst(2), start).unwrap();
    let granted = requests.filter(|&now| bucket.try_take(now).is_ok()).count();
    assert!((99_999..=100_002).contains(&granted), "{granted}");
}

#[test]
fn a_schedule_without_a_cap_bursts_after_a_stall() {
    let start = Instant::now();
    let back = start + 60_000 * MS;
    let at_once = |catch_up| {
        let mut pace = Pace::new(1_000.0, catch_up, start).unwrap();
        (0..100_000)
            .take_while(|_| pace.next_turn(back) <= back)
            .count()
    };
    // Wrong: all turns of the minute for which the caller was away come at once, like those of a
    // tokio interval with `MissedTickBehavior::Burst`, its default.
    assert_eq!(at_once(Duration::MAX), 60_001);
    // Right: those of the last 100 ms.
    assert_eq!(at_once(100 * MS), 101);
}

#[test]
fn of_the_ticks_missed_in_a_stall_one_is_left() {
    within(|| {
        let tick_rx = tick(MS);
        // A stall. Nobody ever sends to this channel: a wait and no synchronisation.
        assert!(never::<()>().recv_timeout(20 * MS).is_err());

        // Wrong: who counts on 20 ticks to make up for it finds one.
        let back = Instant::now();
        assert_eq!(tick_rx.len(), 1);
        let kept = tick_rx.try_recv().unwrap();
        let next = tick_rx.recv().unwrap();
        assert!(kept + 19 * MS <= back && next >= back + MS);

        // Right: a schedule is behind by all of them, and makes up for as much as it is told to.
        let start = before(back, 20 * MS);
        let mut pace = Pace::new(1_000.0, 10 * MS, start).unwrap();
        assert_eq!(
            (0..100_000)
                .take_while(|_| pace.next_turn(back) <= back)
                .count(),
            11
        );
    });
}

#[test]
fn a_tick_that_is_taken_late_moves_all_that_follow() {
    within(|| {
        let (period, late) = (2 * MS, MS);
        // Wrong: the next tick is a period after the last one was taken, not after it was due. That
        // is how `select!` and `try_recv` take them; `recv` does so only when it comes late.
        let tick_rx = tick(period);
        let mut due = Vec::new();
        for _ in 0..5 {
            // Nobody ever sends to this channel: a wait and no synchronisation.
            assert!(never::<()>().recv_timeout(period + late).is_err());
            due.push(select! { recv(tick_rx) -> tick => tick.unwrap() });
        }
        assert!(due[4] >= due[0] + 4 * (period + late));

        // Right: with a schedule, turn 4 is 4 periods after turn 0.
        let start = Instant::now();
        let mut pace = Pace::new(500.0, 100 * MS, start).unwrap();
        let mut now = start;
        for n in 0..5 {
            let turn = pace.next_turn(now);
            assert_eq!(turn, start + n * period);
            now = turn + late;
        }
    });
}

#[test]
fn a_tick_taken_before_the_item_passes_two_at_once() {
    within(|| {
        // A channel that keeps one tick, as `tick` does. Three come, while there is no item.
        let three_ticks = |taken_first: bool| {
            let (tick_tx, tick_rx) = bounded(1);
            let mut in_hand = 0;
            for _ in 0..3 {
                // Full: a missed tick.
                let _ = tick_tx.try_send(Instant::now());
                in_hand += usize::from(taken_first && in_hand == 0 && tick_rx.try_recv().is_ok());
            }
            (in_hand, tick_rx)
        };

        // Wrong: the loop waits for a tick, and then for an item. One tick is in its hand, one is
        // kept: two items pass without a gap.
        let (in_hand, tick_rx) = three_ticks(true);
        assert_eq!(in_hand + tick_rx.len(), 2);

        // Right: the item first.
        let (_, tick_rx) = three_ticks(false);
        let (item_tx, item_rx) = bounded(2);
        item_tx.send("a").unwrap();
        item_tx.send("b").unwrap();
        let mut passed = Vec::new();
        let end = pass_on(&item_rx, &tick_rx, &never(), |item| passed.push(item));
        assert_eq!((end, passed), (End::Stopped(Some("b")), vec!["a"]));
    });
}

#[test]
fn a_lock_that_is_held_while_waiting_stops_all_others() {
    within(|| {
        let start = Instant::now();
        let bucket = &Mutex::new(TokenBucket::new(0.001, burst(1), start).unwrap());
        thread::scope(|scope| {
            // Wrong: the thread whose turn is in 1,000 s waits for it with the lock in its hand.
            let (waiting_tx, waiting_rx) = mpsc::channel();
            let (stop_tx, stop_rx) = mpsc::channel::<()>();
            scope.spawn(move || {
                let mut bucket = bucket.lock().unwrap();
                assert_eq!(bucket.try_take(start), Ok(()));
                let wait = bucket.try_take(start).unwrap_err();
                waiting_tx.send(()).unwrap();
                assert_eq!(stop_rx.recv_timeout(wait), Ok(()));
            });
            waiting_rx.recv().unwrap();
            // The others cannot so much as ask how long it would take.
            assert!(matches!(bucket.try_lock(), Err(TryLockError::WouldBlock)));
            stop_tx.send(()).unwrap();
        });

        // Right: the ticket is taken under the lock, and the wait is outside.
        let limit = SharedLimit::new(0.001, burst(1), start).unwrap();
        assert_eq!(limit.reserve(start), start);
        assert_eq!(limit.reserve(start), start + 1_000_000 * MS);
        assert_eq!(limit.reserve_within(start, MS), Err(2_000_000 * MS));
    });
}
