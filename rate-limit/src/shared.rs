//! One limit for many threads: each takes the ticket of its turn under a lock, and waits outside.
//!
//! threads -> [lock: the next turn] -> the time of the turn -> each thread waits by itself
//!
//! Use it when several threads together must not exceed a rate; not for one thread: `paced.rs` and
//! `token_bucket.rs` need no lock.
//!
//! - A window of time holds no more turns than `burst` and what the rate gives in that time,
//!   whoever takes them. No turn is lost but by the cap. A thread that asks with a time long past
//!   gets the turns since then at once.
//! - Turns go to threads in the order in which they get the lock. None holds it while it waits.
//! - Giving up costs no turn before one is taken. A turn that was taken is lost.
//!
//! In short: `examples/a_bucket_with_bursts.rs` · Tests: `tests/shared.rs`
//! Needs: std only

use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// A limit that threads share by reference, or in an `Arc`. All of it is the moment at which a full
/// burst is saved again: each turn, one in the future included, moves that by a period.
#[derive(Debug)]
pub struct SharedLimit {
    period: Duration,
    /// How long it takes to save a burst when all of it but one turn is gone.
    all_but_one: Duration,
    full_at: Mutex<Instant>,
}

impl SharedLimit {
    /// A limit of one turn each `period` (50 a second: `Duration::from_secs(1) / 50`). Up to
    /// `burst` turns are saved while nobody asks; all of these are there at `start`.
    ///
    /// A period is whole nanoseconds: at a million turns a second, the rate may be 0.1 % too high.
    ///
    /// # Panics
    ///
    /// When `period` or `burst` is zero.
    pub fn new(period: Duration, burst: u32, start: Instant) -> Self {
        assert!(!period.is_zero(), "a period must not be zero");
        assert!(burst > 0, "a burst must hold a turn");
        Self {
            period,
            all_but_one: period.saturating_mul(burst - 1),
            full_at: Mutex::new(start),
        }
    }

    /// Sleeps until the next free turn.
    ///
    /// With a burst of 1, each sleep that is too long costs a little of the rate. To keep it, let
    /// `burst` times the period be some ms; at 50 a second, 1 is enough. For a stop, `reserve` and
    /// `recv_timeout`.
    ///
    /// ```
    /// use std::time::{Duration, Instant};
    /// use rate_limit::shared::SharedLimit;
    /// let limit = SharedLimit::new(Duration::from_millis(1), 1, Instant::now());
    /// limit.wait(); // After this, it is the thread's turn.
    /// ```
    pub fn wait(&self) {
        sleep_until(self.reserve(Instant::now()));
    }

    /// Sleeps until the next free turn, if that is no more than `patience` from now.
    ///
    /// # Errors
    ///
    /// At once, with how long the wait would be. No turn is taken.
    pub fn wait_within(&self, patience: Duration) -> Result<(), Duration> {
        let turn = self.reserve_within(Instant::now(), patience);
        turn.map(sleep_until)
    }

    /// Takes the next free turn and returns when it is: at once, unless that is after `now`.
    ///
    /// A thread that asks again at once may pass the time of its last turn: a late wake-up then
    /// costs nothing. After a stall, pass a time at most 100 ms ago, or all turns since then come
    /// at once. Never with a time that has not come: all others would wait for it.
    ///
    /// # Panics
    ///
    /// When the turn after it lies beyond the end of `Instant`.
    pub fn reserve(&self, now: Instant) -> Instant {
        let turn = self.reserve_within(now, Duration::MAX);
        turn.expect("no wait is longer than the longest duration")
    }

    /// Takes the next free turn, if that is no more than `patience` after `now`.
    ///
    /// # Errors
    ///
    /// With how long the wait would be, from `now` on. No turn is taken.
    pub fn reserve_within(&self, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let full_at = self.full_at.lock();
        // What panics below is an absurd `now`, and leaves it as it was.
        let mut full_at = full_at.unwrap_or_else(PoisonError::into_inner);
        let fills_in = full_at.saturating_duration_since(now);
        let wait = fills_in.saturating_sub(self.all_but_one);
        if wait > patience {
            return Err(wait);
        }
        *full_at = full_at.max(now) + self.period;
        Ok(now + wait)
    }
}

fn sleep_until(turn: Instant) {
    #[allow(clippy::disallowed_methods, reason = "the caller asked for it")]
    thread::sleep(turn.saturating_duration_since(Instant::now()));
}
