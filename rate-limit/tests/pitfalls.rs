//! What people stumble on: the wrong shape, shown wrong, beside the right one. But for the ticks,
//! the clock is one of the tests.

use std::sync::{Mutex, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{bounded, never, select, tick};
use rate_limit::paced::Pace;
use rate_limit::shared::SharedLimit;
use rate_limit::ticked::{End, pass_on};
use rate_limit::token_bucket::TokenBucket;
use testkit::within;

use super::support::{MS, SECOND};

/// By how much a sleep takes too long on a usual machine.
const TOO_LONG: Duration = Duration::from_micros(60);

/// How many turns a limiter gives in 100 seconds when each sleep takes too long. It gets the time
/// and returns when it has had its turn.
fn turns_in_100_seconds(start: Instant, mut turn: impl FnMut(Instant) -> Instant) -> usize {
    let times = std::iter::successors(Some(start), |&now| Some(turn(now)));
    times.take_while(|&now| now < start + 100 * SECOND).count()
}

/// The rate is too low, more so at high rates.
mod sleeping_for_the_rest_of_a_period_is_too_slow {
    use super::*;

    #[test]
    fn wrong() {
        for (period, turns) in [(10 * MS, 9_941), (MS, 94_340), (MS / 10, 625_000)] {
            let start = Instant::now();
            let mut last = start;
            let slow = turns_in_100_seconds(start, |now| {
                let elapsed = now.saturating_duration_since(last);
                // The next period begins when the sleep was over, not when it should have been.
                last = now + period.saturating_sub(elapsed) + TOO_LONG;
                last
            });
            assert_eq!(slow, turns);
        }
    }

    #[test]
    fn right() {
        for (period, turns) in [(10 * MS, 10_000), (MS, 100_000), (MS / 10, 1_000_000)] {
            let start = Instant::now();
            let mut pace = Pace::new(period, 100 * MS, start);
            let right = turns_in_100_seconds(start, |now| now.max(pace.next_turn(now) + TOO_LONG));
            assert_eq!(right, turns + 1);
        }
    }
}

/// The rate is too low.
mod a_bucket_for_one_asked_on_waking_is_too_slow {
    use super::*;

    #[test]
    fn wrong() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(MS, 1, start);
        let turns = turns_in_100_seconds(start, |now| {
            let Err(wait) = bucket.try_take(now) else {
                return now;
            };
            // It is full when the wait is over, and loses what comes until the thread has woken.
            let woken = now + wait + TOO_LONG;
            assert_eq!(bucket.try_take(woken), Ok(()));
            woken
        });
        assert!(turns < 94_400, "{turns}");
    }

    #[test]
    fn right() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(MS, 1, start);
        let mut turn = start;
        let turns = turns_in_100_seconds(start, |now| {
            if let Err(wait) = bucket.try_take(turn) {
                turn += wait; // The time until which the thread means to wait.
                assert_eq!(bucket.try_take(turn), Ok(()));
            }
            now.max(turn + TOO_LONG)
        });
        assert!((100_000..=100_002).contains(&turns), "{turns}");
    }
}

/// A bucket that is asked often gives too little, or nothing.
mod a_refill_in_whole_tokens_gives_too_little {
    use super::*;

    /// For 100 seconds, one each 0.3 ms, at 1,000 per second: more than are allowed.
    fn requests(start: Instant) -> impl Iterator<Item = Instant> {
        (0..333_333).map(move |n| start + n * MS * 3 / 10)
    }

    #[test]
    fn wrong() {
        let start = Instant::now();
        let (mut tokens, mut filled, mut granted) = (1, start, 0);
        for now in requests(start) {
            // Each refill drops the fraction of a token, here all there is.
            tokens = 1.min(tokens + now.duration_since(filled).as_millis());
            filled = now;
            granted += tokens;
            tokens = 0;
        }
        assert_eq!(granted, 1);
    }

    #[test]
    fn right() {
        let start = Instant::now();
        let mut bucket = TokenBucket::new(MS, 2, start);
        let granted = requests(start).filter(|&now| bucket.try_take(now).is_ok());
        assert_eq!(granted.count(), 100_001);
    }
}

/// A burst after a stall.
mod a_schedule_without_a_cap_makes_up_for_everything {
    use super::*;

    /// How many turns come at once after a stall of a minute.
    fn at_once(catch_up: Duration) -> usize {
        let start = Instant::now();
        let back = start + 60 * SECOND;
        let mut pace = Pace::new(MS, catch_up, start);
        let turns = std::iter::from_fn(|| Some(pace.next_turn(back)));
        turns.take_while(|&turn| turn <= back).count()
    }

    /// As a tokio interval with `MissedTickBehavior::Burst`, its default.
    #[test]
    fn wrong() {
        assert_eq!(at_once(Duration::MAX), 60_001);
    }

    #[test]
    fn right() {
        assert_eq!(at_once(100 * MS), 101);
    }
}

/// Ticks that were missed are gone, and one that is taken late delays all that follow.
mod a_tick_keeps_no_schedule {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let tick_rx = tick(2 * MS);
            let mut due = Vec::new();
            for _ in 0..3 {
                // Nobody ever sends to this channel: a wait and no synchronisation.
                assert!(never::<()>().recv_timeout(20 * MS).is_err());
                // Of ten ticks one is left.
                assert_eq!(tick_rx.len(), 1);
                due.push(select! { recv(tick_rx) -> tick => tick.unwrap() });
            }
            // The next is due a period after the last one was taken, not after it was due.
            assert!(due[2] >= due[0] + 2 * 20 * MS);
        });
    }

    #[test]
    fn right() {
        let start = Instant::now();
        let mut pace = Pace::new(2 * MS, 100 * MS, start);
        for n in 0..30 {
            // However late it is taken: turn n is n periods after turn 0.
            assert_eq!(pace.next_turn(start + n / 10 * 20 * MS), start + n * 2 * MS);
        }
    }
}

/// Two items pass at once, in spite of the ticks.
mod a_tick_taken_before_the_item_is_one_too_many {
    use super::*;

    #[test]
    fn wrong() {
        // A channel that keeps one tick, as `tick` does. Three come, while there is no item.
        let (tick_tx, tick_rx) = bounded(1);
        tick_tx.send(Instant::now()).unwrap();
        // The loop waits for a tick, and then for an item.
        let in_hand = tick_rx.recv();
        assert!(tick_tx.try_send(Instant::now()).is_ok());
        assert!(tick_tx.try_send(Instant::now()).is_err());
        // One tick is in its hand, one is kept: two items pass without a gap.
        assert!(in_hand.is_ok() && tick_rx.len() == 1);
    }

    #[test]
    fn right() {
        within(|| {
            let ((tick_tx, tick_rx), (item_tx, item_rx)) = (bounded(1), bounded(2));
            item_tx.send("a").unwrap();
            item_tx.send("b").unwrap();
            assert!(tick_tx.try_send(Instant::now()).is_ok());
            assert!(tick_tx.try_send(Instant::now()).is_err());
            drop(tick_tx);
            let mut passed = Vec::new();
            let end = pass_on(&item_rx, &tick_rx, &never(), |item| passed.push(item));
            assert_eq!((end, passed), (End::Stopped(Some("b")), vec!["a"]));
        });
    }
}

/// All threads stand still while one waits for its turn.
mod a_lock_held_while_waiting_stops_all_others {
    use super::*;

    #[test]
    fn wrong() {
        let bucket = Mutex::new(TokenBucket::new(1_000 * SECOND, 1, Instant::now()));
        let mut guard = bucket.lock().unwrap();
        assert_eq!(guard.try_take(Instant::now()), Ok(()));
        // While it waits for the next with the lock in its hand, others cannot so much as ask how
        // long it would take.
        thread::scope(|scope| {
            scope.spawn(|| assert!(matches!(bucket.try_lock(), Err(TryLockError::WouldBlock))));
        });
    }

    #[test]
    fn right() {
        let start = Instant::now();
        let limit = SharedLimit::new(1_000 * SECOND, 1, start);
        assert_eq!(limit.reserve(start), start);
        // The ticket is taken under the lock, and the wait is outside: others go on.
        assert_eq!(limit.reserve(start), start + 1_000 * SECOND);
        assert_eq!(limit.reserve_within(start, MS), Err(2_000 * SECOND));
    }
}
