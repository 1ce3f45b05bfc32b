//! Keeps to a rate in the mean and allows a burst after idleness: a bucket collects tokens, and
//! each request takes one.
//!
//! time -> [tokens, at most `burst`] -> one for each request, or how long until there is one
//!
//! Use it when requests come when they like and up to `burst` of them may pass at once; not for
//! sending at an even pace: `paced.rs`. For many threads: `shared.rs`.
//!
//! - A window of time holds no more tokens than `burst` and what the rate gives in that time.
//! - No token is lost but by the cap: idleness fills the bucket up to `burst`. It begins full.
//! - A wait is exact: a token is there after it, and not a nanosecond before.
//! - A late caller loses nothing if it asks with the time until which it meant to wait.
//! - A clock that stands still or goes back gives nothing.
//!
//! In short: `examples/a_bucket_with_bursts.rs` · Tests: `tests/token_bucket.rs`
//! Needs: std only

use std::time::{Duration, Instant};

/// A bucket that collects tokens at a steady rate, up to a cap.
///
/// It counts no tokens: the whole bucket is one moment, when it is full again. Each token moves
/// that by a period. (This is GCRA, the generic cell rate algorithm of ITU-T I.371.)
#[derive(Clone, Debug)]
pub struct TokenBucket {
    period: Duration,
    /// How long the bucket takes to fill when all but one token are gone.
    all_but_one: Duration,
    full_at: Instant,
}

impl TokenBucket {
    /// A bucket that gets a token each `period` and holds up to `burst` of them. It is full at
    /// `start`.
    ///
    /// For 50 a second, that is `Duration::from_secs(1) / 50`. A period is whole nanoseconds: at a
    /// million tokens a second, the rate may be 0.1 % too high, at lower rates less.
    ///
    /// # Panics
    ///
    /// When `period` or `burst` is zero.
    pub fn new(period: Duration, burst: u32, start: Instant) -> Self {
        assert!(!period.is_zero(), "a period must not be zero");
        assert!(burst > 0, "a bucket must hold a token");
        Self {
            period,
            all_but_one: period.saturating_mul(burst - 1),
            full_at: start,
        }
    }

    /// Takes a token at the time `now`.
    ///
    /// A caller that waits for a token should then ask with the time until which it meant to wait,
    /// not with the later time at which it woke: with a burst of 1, the bucket is full when the
    /// wait is over, and what would come until the thread wakes is lost. After a stall, do not:
    /// all tokens since then would come at once. Pass the later of that time and 100 ms ago.
    ///
    /// # Errors
    ///
    /// With how long it is until there is a token, when there is none.
    ///
    /// # Panics
    ///
    /// When `now` is less than a period before the end of `Instant`.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use rate_limit::token_bucket::TokenBucket;
    ///
    /// let period = Duration::from_millis(400);
    /// let mut now = Instant::now();
    /// let mut bucket = TokenBucket::new(period, 1, now);
    /// assert_eq!(bucket.try_take(now), Ok(()));
    /// assert_eq!(bucket.try_take(now), Err(period));
    /// now += period; // Here the caller waits until `now`, and may well come late …
    /// assert_eq!(bucket.try_take(now), Ok(())); // … and asks as if it had come in time.
    /// ```
    pub fn try_take(&mut self, now: Instant) -> Result<(), Duration> {
        let fills_in = self.full_at.saturating_duration_since(now);
        let wait = fills_in.saturating_sub(self.all_but_one);
        if !wait.is_zero() {
            return Err(wait);
        }
        self.full_at = self.full_at.max(now) + self.period;
        Ok(())
    }
}
