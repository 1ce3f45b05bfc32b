//! One limit for many threads: each takes the ticket of its turn under a lock, and waits outside.
//!
//! ```text
//! thread -+
//! thread -+-> [lock: turns taken in advance] -> the time of the turn -> the thread waits
//! thread -+
//! ```
//!
//! Use it when several threads together must not exceed a rate; not for one thread:
//! [`token_bucket`] and [`paced`] need no lock.
//!
//! | promise | | shown by |
//! |---|---|---|
//! | rate | in no window more turns than `burst` plus what the rate gives in that time and a nanosecond, whoever takes them | `turns_are_as_early_as_every_window_allows`, `threads_together_get_each_turn_once` |
//! | loss | none but by the cap on what is saved: fractions of a turn are kept | `years_of_turns_are_where_they_belong` |
//! | order | turns go to threads in the order in which they get the lock: one that waits is not overtaken | `a_turn_is_never_before_those_handed_out_earlier` |
//! | wait | no thread holds the lock while it waits for its turn | `who_waits_holds_up_nobody` |
//! | giving up | costs no turn before one is taken; a turn that was taken is lost | `a_refusal_costs_no_turn`, `a_turn_that_nobody_uses_is_gone` |
//! | a slow thread | is refused no turn that is there, though others got the lock with a later time | `a_thread_that_is_slow_to_get_the_lock_is_not_refused` |
//! | late threads | lose nothing if they ask with the time of their last turn; after a stall, that makes up for all of it at once | `threads_that_go_on_from_their_last_turn_lose_nothing`, `a_thread_that_stalls_must_not_ask_with_its_last_turn` |
//! | clocks | may differ between threads: one that lags gives nothing and takes nothing | `turns_are_as_early_as_every_window_allows` |
//! | rates | from one in 32 years to one each nanosecond; others are refused | `rates_out_of_range_are_refused` |
//!
//! Turns in advance come from Guava's `RateLimiter` (`reserve`); here they are counted in integers.
//!
//! [`token_bucket`]: ../token_bucket/index.html
//! [`paced`]: ../paced/index.html
//!
//! In short: `examples/a_bucket_with_bursts.rs`
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// One turn. Nanoseconds times billionths of a turn per second are parts of this size: integers, so
/// that nothing is lost to rounding.
const TURN: u128 = 1_000_000_000_000_000_000;

/// A limit that threads share by reference, or in an `Arc`.
#[derive(Debug)]
pub struct SharedLimit {
    /// In billionths of a turn per second.
    rate: u128,
    /// How far turns may be ahead of the rate, in parts of a turn.
    cap: u128,
    account: Mutex<Account>,
}

#[derive(Debug)]
struct Account {
    /// How far turns are ahead of the rate, in parts of a turn, as of `updated`.
    ahead: u128,
    /// The latest time that was seen.
    updated: Instant,
}

impl SharedLimit {
    /// A limit of `per_second` turns a second. Up to `burst` turns are saved while nobody asks; all
    /// of these are there at `start`.
    ///
    /// Fractions are rates too: 0.001 is a turn in 1,000 seconds. Rates are kept in billionths per
    /// second: up to a million a second, nine decimals are exact.
    ///
    /// # Errors
    ///
    /// When `per_second` is no number from 1e-9 to 1e9.
    pub fn new(per_second: f64, burst: NonZeroU32, start: Instant) -> Result<Self, InvalidRate> {
        let rate = billionths(per_second)?;
        // A wait is rounded up to a nanosecond. Without room for what comes in meanwhile, it would
        // be lost each time.
        let cap = TURN * u128::from(burst.get()) + (rate - 1);
        let account = Mutex::new(Account {
            ahead: 0,
            updated: start,
        });
        Ok(Self { rate, cap, account })
    }

    /// Takes the next free turn and returns when it is: at once, unless that is after `now`.
    ///
    /// A thread that goes on at once after its turn should ask with the time of that turn, not with
    /// the later time at which it woke. Otherwise, what it is late by beyond `burst` periods is
    /// lost, unless another thread holds a ticket meanwhile.
    ///
    /// But not after a stall: all turns since that time would come at once. Ask with the later of
    /// that turn and, say, 100 ms ago.
    ///
    /// # Example
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use std::thread;
    /// use std::time::Instant;
    /// use rate_limit::shared::SharedLimit;
    ///
    /// let limit = SharedLimit::new(1_000.0, NonZeroU32::MIN, Instant::now()).unwrap();
    /// thread::scope(|scope| {
    ///     for _ in 0..4 {
    ///         scope.spawn(|| {
    ///             let turn = limit.reserve(Instant::now());
    ///             thread::sleep(turn.saturating_duration_since(Instant::now()));
    ///             // Here it is this thread's turn.
    ///         });
    ///     }
    /// });
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    pub fn reserve(&self, now: Instant) -> Instant {
        self.reserve_within(now, Duration::MAX)
            .expect("no wait is longer than the longest duration")
    }

    /// Takes the next free turn, if that is no more than `patience` after `now`, or after a later
    /// time with which another thread has asked: one that was slow to get the lock is not refused
    /// for that.
    ///
    /// A thread that would give up should ask this way: once taken, a turn that nobody uses is
    /// lost. A wait of more than 584 years counts as 584 years.
    ///
    /// # Errors
    ///
    /// With how long the wait would be, from `now` on. No turn is taken then.
    #[expect(clippy::missing_panics_doc, reason = "never before the end of time")]
    pub fn reserve_within(&self, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let mut account = self.account.lock().expect("no panic before time ends");
        let passed = now.saturating_duration_since(account.updated).as_nanos();
        // Time that has been counted once is not counted again for a thread whose clock lags.
        account.updated = account.updated.max(now);
        let allowed = passed.saturating_mul(self.rate);
        account.ahead = account.ahead.saturating_sub(allowed);

        let ahead = account.ahead + TURN;
        let wait = ahead.saturating_sub(self.cap).div_ceil(self.rate);
        let wait = Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX));
        let turn = account.updated + wait;
        if wait > patience {
            return Err(turn.saturating_duration_since(now));
        }
        account.ahead = ahead;
        Ok(turn)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn billionths(per_second: f64) -> Result<u128, InvalidRate> {
    // Not a number is in no range.
    if (1e-9..=1e9).contains(&per_second) {
        Ok((per_second * 1e9).round() as u128)
    } else {
        Err(InvalidRate { per_second })
    }
}

/// The rate is no number from 1e-9 to 1e9 per second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InvalidRate {
    /// What was asked for.
    pub per_second: f64,
}

impl fmt::Display for InvalidRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.per_second;
        write!(
            f,
            "a rate of {per_second:?} per second is not from 1e-9 to 1e9"
        )
    }
}

impl Error for InvalidRate {}
