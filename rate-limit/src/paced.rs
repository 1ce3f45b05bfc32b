//! Gives out turns at a steady rate, against a schedule, so that sleeping too long never adds up.
//!
//! ```text
//! now -> Pace -> the time of the next turn -> the caller waits until then
//! ```
//!
//! Use it when one thread sends at a rate of its own, and the mean must be kept whatever each sleep
//! takes; not when turns may be saved while there is nothing to do: see [`token_bucket`].
//!
//! | promise | | shown by |
//! |---|---|---|
//! | rate | turn n is n periods after the first, rounded down to a nanosecond; nothing adds up in months | `years_of_turns_are_where_they_belong` |
//! | late caller | its turns stay where they were: the mean is kept | `sleeping_too_long_does_not_add_up` |
//! | long stall | at most `catch_up` of it is made up for; the turns before that are gone | `a_stall_of_a_minute_is_made_up_for_within_the_cap` |
//! | burst | in no window more turns than the rate gives in that time, `catch_up` and a nanosecond together, plus one | `no_window_has_too_many_turns` |
//! | clock | one that stands still or goes back moves nothing | `a_clock_that_goes_back_moves_no_turn` |
//! | rates | from one in 32 years to one each nanosecond; others are refused | `rates_out_of_range_are_refused` |
//!
//! [`token_bucket`]: ../token_bucket/index.html
//!
//! In short: `examples/a_steady_rate.rs`
//!
//! Needs: std only

use std::error::Error;
use std::fmt;
use std::time::{Duration, Instant};

/// One turn. Nanoseconds times billionths of a turn per second are parts of this size: integers, so
/// that no rounding can add up.
const TURN: u64 = 1_000_000_000_000_000_000;

/// A schedule of turns, one each period.
#[derive(Clone, Debug)]
pub struct Pace {
    /// In billionths of a turn per second.
    rate: u64,
    /// Rounded down; what is missing stands in `period_rest`.
    period: Duration,
    /// In parts of a nanosecond: `rate` of them make one.
    period_rest: u64,
    catch_up: Duration,
    /// When the next turn is, rounded down; what is missing stands in `next_rest`.
    next: Instant,
    next_rest: u64,
}

impl Pace {
    /// A schedule of `per_second` turns a second, the first at `start`.
    ///
    /// Fractions are rates too: 0.001 is a turn in 1,000 seconds. Rates are kept in billionths per
    /// second: up to a million a second, nine decimals are exact. `catch_up` is how late a caller
    /// may come and still get all the turns that it missed, at once. It must be longer than a sleep
    /// is late (some ms; 100 ms is safe), and bounds the burst after a stall to
    /// `catch_up × per_second` + 1 turns.
    ///
    /// # Errors
    ///
    /// When `per_second` is no number from 1e-9 to 1e9.
    pub fn new(per_second: f64, catch_up: Duration, start: Instant) -> Result<Self, InvalidRate> {
        let rate = billionths(per_second)?;
        Ok(Self {
            rate,
            period: Duration::from_nanos(TURN / rate),
            period_rest: TURN % rate,
            catch_up,
            next: start,
            next_rest: 0,
        })
    }

    /// Takes the next turn and returns when it is. A time before `now` means at once.
    ///
    /// The turn is taken, whether the caller waits for it or not.
    ///
    /// # Panics
    ///
    /// When the turn after it lies beyond the end of `Instant`, in billions of years.
    ///
    /// # Example
    ///
    /// A thread sends at 1,000 a second, and stops as soon as the other end of `stop_rx` is gone:
    ///
    /// ```
    /// use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
    /// use std::time::{Duration, Instant};
    /// use rate_limit::paced::Pace;
    ///
    /// fn send_paced(item_tx: &SyncSender<u32>, stop_rx: &Receiver<()>, mut pace: Pace) {
    ///     for item in 0..10 {
    ///         let wait = pace.next_turn(Instant::now()).saturating_duration_since(Instant::now());
    ///         if stop_rx.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
    ///             break;
    ///         }
    ///         if item_tx.send(item).is_err() {
    ///             break; // Nobody receives any more.
    ///         }
    ///     }
    /// }
    /// # let (item_tx, item_rx) = std::sync::mpsc::sync_channel(10);
    /// # let (_stop_tx, stop_rx) = std::sync::mpsc::channel();
    /// # let pace = Pace::new(1_000.0, Duration::from_millis(100), Instant::now()).unwrap();
    /// # send_paced(&item_tx, &stop_rx, pace);
    /// # assert_eq!(item_rx.try_iter().count(), 10);
    /// ```
    pub fn next_turn(&mut self, now: Instant) -> Instant {
        let late = now.saturating_duration_since(self.next);
        self.next += late.saturating_sub(self.catch_up);
        let turn = self.next;
        self.next += self.period;
        // A period is seldom a whole number of nanoseconds: the rest is carried, as in Bresenham's
        // line. Both rests are less than `rate`, and `rate` is at most `TURN`: no overflow.
        self.next_rest += self.period_rest;
        if self.next_rest >= self.rate {
            self.next_rest -= self.rate;
            self.next += Duration::from_nanos(1);
        }
        turn
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked"
)]
fn billionths(per_second: f64) -> Result<u64, InvalidRate> {
    // Not a number is in no range.
    if (1e-9..=1e9).contains(&per_second) {
        Ok((per_second * 1e9).round() as u64)
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
