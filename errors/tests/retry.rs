//! What `retry` promises:
//! - it tries again until the operation succeeds: `it_tries_until_it_succeeds`
//! - pauses double up to the longest, and are shortened at random:
//!   `pauses_double_up_to_the_longest`, `a_pause_is_between_its_half_and_the_whole`
//! - the limit of tries or time is that of the pauses: `a_limit_of_tries_ends_it`,
//!   `a_limit_of_time_ends_it`
//! - an error that no try will mend ends it at once: `an_error_that_is_not_transient_ends_it`
//! - a stop signal ends the pause at once: `a_stop_signal_ends_the_pause`
//! - the operation is called at least once: `a_stop_before_the_start_is_one_try`
//! - the last error comes back as it is, and goes through `?`: `a_limit_of_tries_ends_it`

use std::cell::Cell;
use std::io;
use std::iter::{repeat, repeat_n};
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use errors::retry::{growing, retry};
use proptest::prelude::*;
use testkit::{LIMIT, within};

/// Longer than a test may take.
const FAR: Duration = LIMIT.saturating_mul(10);
const MS: Duration = Duration::from_millis(1);

/// An operation that fails with the number of its call, until that is `good`.
fn good_at(good: u32) -> impl FnMut() -> Result<u32, u32> {
    let mut call = 0;
    move || {
        call += 1;
        if call < good { Err(call) } else { Ok(call) }
    }
}

/// Without a stop signal.
fn tried<E>(
    pauses: impl IntoIterator<Item = Duration>,
    operation: impl FnMut() -> Result<u32, E>,
) -> Result<u32, E> {
    let (_stop_tx, stop_rx) = channel();
    retry(pauses, &stop_rx, |_| true, operation)
}

#[test]
fn it_tries_until_it_succeeds() {
    within(|| {
        for good in 1..5 {
            let start = Instant::now();
            assert_eq!(tried(repeat(MS), good_at(good)), Ok(good));
            assert!(start.elapsed() >= (good - 1) * MS);
        }
    });
}

#[test]
fn a_limit_of_tries_ends_it() {
    fn run(tries: usize) -> anyhow::Result<u32> {
        let mut calls = 0;
        let failing = || {
            calls += 1;
            Err(io::Error::other(format!("failure {calls}")))
        };
        Ok(tried(repeat_n(MS, tries - 1), failing)?)
    }
    within(|| {
        for tries in 1..4 {
            let error = run(tries).unwrap_err();
            assert_eq!(error.to_string(), format!("failure {tries}"));
        }
    });
}

#[test]
fn a_limit_of_time_ends_it() {
    within(|| {
        // By this clock, each call takes ten seconds.
        let clock = Cell::new(Duration::ZERO);
        let in_time = |pause: &Duration| clock.get() + *pause < Duration::from_secs(35);
        let mut failing = good_at(u32::MAX);
        let operation = || {
            clock.set(clock.get() + Duration::from_secs(10));
            failing()
        };
        assert_eq!(tried(repeat(MS).take_while(in_time), operation), Err(4));
    });
}

#[test]
fn an_error_that_is_not_transient_ends_it() {
    within(|| {
        let (_stop_tx, stop_rx) = channel();
        let result = retry(repeat(MS), &stop_rx, |&error| error != 3, good_at(5));
        assert_eq!(result, Err(3));
    });
}

#[test]
fn a_stop_signal_ends_the_pause() {
    let ways: [fn(Sender<()>); 2] = [drop, |stop_tx| stop_tx.send(()).unwrap()];
    within(move || {
        for stop in ways {
            let (stop_tx, stop_rx) = channel();
            let (called_tx, called_rx) = channel();
            thread::scope(|scope| {
                scope.spawn(move || {
                    // The second call comes after a pause, the third would come after an age.
                    assert_eq!(called_rx.iter().take(2).count(), 2);
                    stop(stop_tx);
                });
                let mut failing = good_at(3);
                let operation = || {
                    called_tx.send(()).unwrap();
                    failing()
                };
                assert_eq!(retry([MS, FAR], &stop_rx, |_| true, operation), Err(2));
            });
        }
    });
}

#[test]
fn a_stop_before_the_start_is_one_try() {
    let (_, stop_rx) = channel();
    assert_eq!(retry([FAR], &stop_rx, |_| true, good_at(1)), Ok(1));
    assert_eq!(retry([FAR], &stop_rx, |_| true, good_at(2)), Err(1));
}

#[test]
fn pauses_double_up_to_the_longest() {
    let pauses = |random| growing(10 * MS, 50 * MS, move || random).take(5);
    assert!(pauses(1.0).eq([10, 20, 40, 50, 50].map(|n| n * MS)));
    assert!(pauses(0.5).eq([7_500, 15_000, 30_000, 37_500, 37_500].map(Duration::from_micros)));
    assert!(growing(10 * MS, 5 * MS, || 1.0).take(2).eq([5 * MS; 2]));
}

proptest! {
    #[test]
    fn a_pause_is_between_its_half_and_the_whole(
        first in any::<Duration>(),
        random in prop::collection::vec(0.0..=1.0, 8),
    ) {
        let mut random = random.into_iter().cycle();
        let pauses = growing(first, Duration::MAX, move || random.next().unwrap());
        let whole = growing(first, Duration::MAX, || 1.0);
        for (pause, whole) in pauses.zip(whole).take(99) {
            prop_assert!(whole / 2 <= pause && pause <= whole, "{pause:?} of {whole:?}");
        }
    }
}
