//! Keeps to a rate in the mean and allows a burst after idleness: a bucket collects tokens, and
//! each request takes one.
//!
//! ```text
//! time -> [tokens, at most `burst`] -> try_take: one, or how long until there is one
//! ```
//!
//! Use it when requests come when they like and up to `burst` of them may pass at once; not for
//! sending at an even pace: see [`paced`]. For many threads see [`shared`].
//!
//! | promise | | shown by |
//! |---|---|---|
//! | rate | in no window more than `burst` plus what the rate gives in that time and a nanosecond | `a_token_is_there_exactly_when_every_window_allows_it` |
//! | loss | none but by the cap on what is saved: fractions of a token are kept | `a_token_is_there_exactly_when_every_window_allows_it`, `years_of_tokens_come_when_they_should` |
//! | wait | exact: a token is there after it, and not a nanosecond before | `a_wait_is_exact` |
//! | idleness | fills the bucket up to `burst`, with which it also begins | `a_century_of_idleness_gives_a_burst_and_no_more` |
//! | late caller | loses nothing if it asks with the time for which it waited | `sleeping_too_long_does_not_add_up` |
//! | clock | one that stands still or goes back gives nothing and breaks nothing | `a_clock_that_goes_back_gives_nothing_and_takes_nothing` |
//! | rates | from one in 32 years to one each nanosecond; others are refused | `rates_out_of_range_are_refused` |
//!
//! The token bucket is from RFC 2697, section 3. GCRA (ITU-T I.371) makes the same decisions with
//! one timestamp, but is harder to explain.
//!
//! [`paced`]: ../paced/index.html
//! [`shared`]: ../shared/index.html
//!
//! In short: `examples/a_bucket_with_bursts.rs`
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};

/// One token. Nanoseconds times billionths of a token per second are parts of this size: integers,
/// so that nothing is lost to rounding.
const TOKEN: u128 = 1_000_000_000_000_000_000;

/// A bucket that collects tokens at a steady rate, up to a cap.
#[derive(Clone, Debug)]
pub struct TokenBucket {
    /// In billionths of a token per second.
    rate: u128,
    /// What fits in, in parts of a token.
    cap: u128,
    /// What is in it, in parts of a token, as of `filled`.
    credit: u128,
    /// The latest time that was seen.
    filled: Instant,
}

impl TokenBucket {
    /// A bucket that holds up to `burst` tokens and gets `per_second` of them a second. It is full
    /// at `start`.
    ///
    /// Fractions are rates too: 0.001 is a token in 1,000 seconds. Rates are kept in billionths per
    /// second: up to a million a second, nine decimals are exact.
    ///
    /// # Errors
    ///
    /// When `per_second` is no number from 1e-9 to 1e9.
    pub fn new(per_second: f64, burst: NonZeroU32, start: Instant) -> Result<Self, InvalidRate> {
        let rate = billionths(per_second)?;
        // A wait is rounded up to a nanosecond. Without room for what comes in meanwhile, a full
        // bucket would lose it each time.
        let cap = TOKEN * u128::from(burst.get()) + (rate - 1);
        Ok(Self {
            rate,
            cap,
            credit: cap,
            filled: start,
        })
    }

    /// Takes a token at the time `now`.
    ///
    /// A caller that waits for a token should then ask with the time until which it meant to wait,
    /// not with the later time at which it woke. Otherwise a full bucket throws away what comes in
    /// meanwhile, and a bucket for one token is full as soon as the wait is over: each oversleep
    /// makes the rate a little lower.
    ///
    /// But not after a stall: all tokens since that time would come at once. Ask with the later of
    /// that time and, say, 100 ms ago.
    ///
    /// # Errors
    ///
    /// With how long it is until there is a token, rounded up to a nanosecond, when there is none.
    ///
    /// # Example
    ///
    /// ```
    /// use std::num::NonZeroU32;
    /// use std::time::{Duration, Instant};
    /// use rate_limit::token_bucket::TokenBucket;
    ///
    /// let mut now = Instant::now();
    /// let mut bucket = TokenBucket::new(2.5, NonZeroU32::MIN, now).unwrap();
    /// assert_eq!(bucket.try_take(now), Ok(()));
    /// let wait = bucket.try_take(now).unwrap_err();
    /// assert_eq!(wait, Duration::from_millis(400));
    /// now += wait; // Here the caller waits until `now`, and may well come late …
    /// assert_eq!(bucket.try_take(now), Ok(())); // … and asks as if it had come in time.
    /// ```
    #[expect(clippy::missing_panics_doc, reason = "it never panics")]
    pub fn try_take(&mut self, now: Instant) -> Result<(), Duration> {
        let passed = now.saturating_duration_since(self.filled).as_nanos();
        // Time that has been counted once is not counted again when the clock goes back.
        self.filled = self.filled.max(now);
        let earned = passed.saturating_mul(self.rate);
        self.credit = self.credit.saturating_add(earned).min(self.cap);
        if let Some(rest) = self.credit.checked_sub(TOKEN) {
            self.credit = rest;
            return Ok(());
        }
        let wait = (TOKEN - self.credit).div_ceil(self.rate);
        let wait = u64::try_from(wait).expect("a token comes within TOKEN nanoseconds");
        // Where the clock went back, it must first come to where it was.
        let back = self.filled.saturating_duration_since(now);
        Err(back.saturating_add(Duration::from_nanos(wait)))
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
