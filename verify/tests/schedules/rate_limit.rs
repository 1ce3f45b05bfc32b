//! Of the limits, `shared` alone has a lock; the others are
//! used here as their headers say that threads would share them.

use verify::explore::explore;
use verify::model::crossbeam_channel::bounded;
use verify::model::std::sync::{Arc, Mutex};
use verify::model::std::thread;
use verify::model::std::time::{Duration, Instant};

use crate::patterns::rate_limit::paced::Pace;
use crate::patterns::rate_limit::shared::SharedLimit;
use crate::patterns::rate_limit::ticked::{End, pass_on};
use crate::patterns::rate_limit::token_bucket::TokenBucket;
use crate::support::{Ledger, numbers, pause};

const SECOND: Duration = Duration::from_secs(1);

/// What `body` returns on each of three threads.
fn on_three_threads<T: Send + 'static>(body: impl Fn(u32) -> T + Clone + Send + 'static) -> [T; 3] {
    let threads = [0, 1, 2].map(|id| {
        let body = body.clone();
        thread::spawn(move || body(id))
    });
    threads.map(|thread| thread.join().expect("it takes turns and no more"))
}

/// One a second, of which two are saved.
fn shared_limit() -> SharedLimit {
    let burst = 2.try_into().expect("it is not 0");
    SharedLimit::new(1.0, burst, Instant::now()).expect("the rate is in range")
}

/// In no window are more than `burst`, one for each second, and what a nanosecond gives.
fn assert_limited(turns: &mut [Instant], burst: usize) {
    turns.sort();
    for (start, first) in turns.iter().enumerate() {
        for (end, last) in turns.iter().enumerate().skip(start) {
            let window = last.duration_since(*first) + Duration::from_nanos(1);
            let allowed = burst as u64 + window.as_secs();
            assert!(((end - start) as u64) < allowed, "{turns:?}");
        }
    }
}

#[test]
fn shared_gives_threads_that_wait_each_turn_once() {
    explore(|| {
        let limit = Arc::new(shared_limit());
        let start = Instant::now();
        // The clock stands still here: turns are seconds after those of the burst.
        let turns = on_three_threads(move |_| {
            let turns = [(); 2].map(|()| limit.reserve(start));
            assert!(turns[0] <= turns[1]);
            turns
        });
        let mut turns = turns.concat();
        turns.sort();
        let expected = [0, 0, 1, 2, 3, 4].map(|n| start + n * SECOND);
        assert_eq!(turns, expected);
    });
}

#[test]
fn shared_keeps_the_rate_whatever_time_it_is_for_whom() {
    explore(|| {
        let limit = Arc::new(shared_limit());
        let turns = on_three_threads(move |id| {
            // From here to the call, others go on: this clock lags.
            let now = Instant::now();
            let first = limit.reserve(now);
            assert!(first >= now);
            pause(SECOND / 2 * id);
            let second = limit.reserve(Instant::now());
            // Who asks later comes later.
            assert!(first <= second);
            [first, second]
        });
        assert_limited(&mut turns.concat(), 2);
    });
}

#[test]
fn shared_refuses_at_no_cost() {
    explore(|| {
        let limit = Arc::new(shared_limit());
        let now = Instant::now();
        let asked = Arc::clone(&limit);
        let answers = on_three_threads(move |_| asked.reserve_within(now, Duration::ZERO));
        let taken = answers.iter().filter(|answer| **answer == Ok(now));
        assert_eq!(taken.count(), 2);
        assert!(answers.contains(&Err(SECOND)));
        assert_eq!(limit.reserve(now), now + SECOND);
    });
}

#[test]
fn token_bucket_keeps_the_rate_behind_a_lock() {
    explore(|| {
        let one = 1.try_into().expect("it is not 0");
        let bucket = TokenBucket::new(1.0, one, Instant::now()).expect("the rate is in range");
        let bucket = Arc::new(Mutex::new(bucket));
        let mut turns = on_three_threads(move |_| {
            loop {
                // The time is read under the lock: else one that lags would be asked with.
                let mut bucket = bucket.lock().expect("no thread panics with it");
                let now = Instant::now();
                let taken = bucket.try_take(now);
                drop(bucket);
                match taken {
                    Ok(()) => return now,
                    Err(wait) => pause(wait),
                }
            }
        });
        assert_limited(&mut turns, 1);
    });
}

#[test]
fn paced_gives_each_turn_once_behind_a_lock() {
    explore(|| {
        let start = Instant::now();
        let pace = Pace::new(1.0, 10 * SECOND, start).expect("the rate is in range");
        let pace = Arc::new(Mutex::new(pace));
        let turns = on_three_threads(move |id| {
            pause(SECOND / 2 * id);
            let now = Instant::now();
            let mut pace = pace.lock().expect("no thread panics with it");
            pace.next_turn(now)
        });
        let mut turns = turns.to_vec();
        turns.sort();
        // Nobody is later than `catch_up`.
        assert_eq!(turns, [0, 1, 2].map(|n| start + n * SECOND));
    });
}

/// A tick, an item or the stop may come first; whatever was received is passed on or given back.
#[test]
fn ticked_loses_no_item_at_a_stop() {
    explore(|| {
        let ledger = Ledger::default();
        let ((item_tx, item_rx), (tick_tx, tick_rx)) = (bounded(1), bounded(1));
        let (stop_tx, stop_rx) = bounded(1);
        let items = ledger.items(3);
        let sending = thread::spawn(move || {
            for item in items {
                item_tx.send(item).expect("it is received to the end");
            }
        });
        let ticking = thread::spawn(move || {
            for _ in 0..2 {
                tick_tx.send(Instant::now()).expect("it is kept to the end");
            }
            drop(stop_tx);
            tick_tx // Not its end, but the stop ends it.
        });
        let mut passed = Vec::new();
        let end = pass_on(&item_rx, &tick_rx, &stop_rx, |item| passed.push(item));
        let given_back = match end {
            End::Finished => panic!("three items need three ticks"),
            End::Stopped(item) => item,
        };
        assert!(passed.len() <= 2, "one for each tick");
        let mut seen = numbers(passed);
        seen.extend(given_back.map(|item| item.number));
        seen.extend(numbers(item_rx));
        assert_eq!(seen, [0, 1, 2]);
        sending.join().expect("it sends and no more");
        drop(ticking.join());
        ledger.assert_empty();
    });
}
