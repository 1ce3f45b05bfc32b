//! How far the mean rate of a sender that sleeps between its turns is from what was asked for.
//!
//! It is no time that is measured, so this does without criterion, and leaves an `error.json` for
//! each case where criterion would leave its results. It takes 1 s for each, or as many as
//! `RATE_SECONDS` says. All burst caps are 1: the rate is to be steady.

use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use std::{env, thread};

use governor::clock::{Clock, DefaultClock};
use governor::{Quota, RateLimiter};
use rate_limit::paced::Pace;
use rate_limit::token_bucket::TokenBucket;

mod common;

const GROUP: &str = "rate";
const RATES: [u32; 3] = [100, 1_000, 10_000];
/// The options of criterion that stand alone; after any other comes its value, which is no filter.
const FLAGS: [&str; 10] = [
    "--bench",
    "--test",
    "--exact",
    "--quick",
    "--noplot",
    "--quiet",
    "--verbose",
    "--discard-baseline",
    "-n",
    "-v",
];

/// What waits for the turns: called with the rate, the start and how many.
type Sender = fn(rate: u32, start: Instant, turns: u32);

fn main() {
    let senders: [(&str, Sender); 5] = [
        ("plain", plain),
        ("paced", paced),
        ("token_bucket", token_bucket),
        ("token_bucket, late", late_token_bucket),
        ("governor", governor),
    ];
    for rate in RATES {
        for (case, send) in senders {
            let scenario = format!("{rate} per second");
            let id = format!("{GROUP}/{case}/{scenario}");
            if !is_chosen(&id) {
                continue;
            }
            let turns = if common::is_test() {
                2
            } else {
                seconds() * rate
            };
            let error = error(rate, turns, send);
            if common::is_test() {
                println!("Testing {id}\nSuccess");
            } else {
                println!("{id:<50} error: {:+.4} %", error * 100.0);
                let json = format!(
                    r#"{{ "case": "{case}", "scenario": "{scenario}", "error": {error:e} }}"#
                );
                common::leave(GROUP, case, &scenario, "error.json", &json);
            }
        }
    }
}

/// By the first filter on the command line, as criterion would, but as a plain word.
fn is_chosen(id: &str) -> bool {
    let mut after_option = false;
    for arg in env::args().skip(1) {
        if arg.starts_with('-') {
            after_option = !FLAGS.contains(&arg.as_str()) && !arg.contains('=');
        } else if !after_option {
            return id.contains(&arg);
        } else {
            after_option = false;
        }
    }
    true
}

fn seconds() -> u32 {
    let seconds = env::var("RATE_SECONDS").map(|seconds| seconds.parse());
    seconds
        .unwrap_or(Ok(1))
        .expect("RATE_SECONDS is a whole number")
}

/// The relative error of the mean rate of `turns` turns after the first.
fn error(rate: u32, turns: u32, send: Sender) -> f64 {
    let start = Instant::now();
    send(rate, start, turns + 1);
    let took = start.elapsed();
    f64::from(turns) / took.as_secs_f64() / f64::from(rate) - 1.0
}

#[expect(clippy::disallowed_methods, reason = "to wait is what is measured")]
fn sleep(time: Duration) {
    thread::sleep(time);
}

fn sleep_until(time: Instant) {
    sleep(time.saturating_duration_since(Instant::now()));
}

/// Its sleeps are too long, and each counts anew from when it woke.
fn plain(rate: u32, start: Instant, turns: u32) {
    let period = Duration::from_secs(1) / rate;
    let mut last_sent = start;
    // The first turn is free elsewhere.
    for _ in 1..turns {
        let elapsed = last_sent.elapsed();
        if elapsed < period {
            sleep(period.saturating_sub(elapsed));
        }
        last_sent = Instant::now();
    }
}

fn paced(rate: u32, start: Instant, turns: u32) {
    let catch_up = Duration::from_millis(100);
    let mut pace = Pace::new(Duration::from_secs(1) / rate, catch_up, start);
    for _ in 0..turns {
        sleep_until(pace.next_turn(Instant::now()));
    }
}

/// Asks with the time until which it meant to wait.
fn token_bucket(rate: u32, start: Instant, turns: u32) {
    let mut bucket = TokenBucket::new(Duration::from_secs(1) / rate, 1, start);
    let mut now = start;
    for _ in 0..turns {
        while let Err(wait) = bucket.try_take(now) {
            now += wait;
            sleep_until(now);
        }
    }
}

/// Asks with the time at which it woke, as one would without the advice of the pattern.
fn late_token_bucket(rate: u32, start: Instant, turns: u32) {
    let mut bucket = TokenBucket::new(Duration::from_secs(1) / rate, 1, start);
    for _ in 0..turns {
        while let Err(wait) = bucket.try_take(Instant::now()) {
            sleep(wait);
        }
    }
}

fn governor(rate: u32, _start: Instant, turns: u32) {
    let rate = NonZeroU32::new(rate).expect("no rate is 0");
    let limiter = RateLimiter::direct(Quota::per_second(rate).allow_burst(NonZeroU32::MIN));
    let clock = DefaultClock::default();
    for _ in 0..turns {
        while let Err(not_until) = limiter.check() {
            sleep(not_until.wait_time_from(clock.now()));
        }
    }
}
