//! Gives out turns at a steady rate, against a schedule, so that sleeping too long never adds up.
//!
//! now -> Pace -> the time of the next turn -> the caller waits until then
//!
//! Use it when one thread sends at a rate of its own, and the mean must be kept whatever each sleep
//! takes; not when turns may be saved while there is nothing to do: `token_bucket.rs`.
//!
//! - Turn n is n periods after the first: nothing adds up.
//! - A caller up to `catch_up` late gets all missed turns without waiting. After a longer stall, it
//!   gets those of the last `catch_up`; earlier ones are gone.
//! - A window of time holds no more turns than the rate gives in that time and in `catch_up`
//!   together, plus one.
//! - A clock that stands still or goes back moves nothing.
//!
//! In short: `examples/a_steady_rate.rs` · Tests: `tests/paced.rs`
//! Needs: std only

use std::time::{Duration, Instant};

/// A schedule of turns, one each period.
#[derive(Clone, Debug)]
pub struct Pace {
    period: Duration,
    catch_up: Duration,
    /// When the next turn is.
    next: Instant,
}

impl Pace {
    /// A schedule with a turn each `period`, the first at `start`.
    ///
    /// For 50 a second, that is `Duration::from_secs(1) / 50`. A period is whole nanoseconds: at a
    /// million turns a second, the rate may be 0.1 % too high, at lower rates less.
    ///
    /// `catch_up` is how late a caller may come and still get all turns that it missed. It must be
    /// longer than a sleep is late (some ms; 100 ms is safe).
    ///
    /// # Panics
    ///
    /// When `period` is zero.
    pub fn new(period: Duration, catch_up: Duration, start: Instant) -> Self {
        assert!(!period.is_zero(), "a period must not be zero");
        Self {
            period,
            catch_up,
            next: start,
        }
    }

    /// Takes the next turn and returns when it is. A time before `now` means at once.
    ///
    /// The turn is taken, whether the caller waits for it or not.
    ///
    /// # Panics
    ///
    /// When the turn after it lies beyond the end of `Instant`.
    ///
    /// # Example
    ///
    /// A thread sends at 1,000 a second, and stops as soon as the other end of `stop_rx` is gone:
    ///
    /// ```
    /// use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
    /// use std::time::{Duration, Instant};
    /// use rate_limit::paced::Pace;
    ///
    /// fn send_paced(item_tx: &Sender<u32>, stop_rx: &Receiver<()>) {
    ///     let (period, catch_up) = (Duration::from_millis(1), Duration::from_millis(100));
    ///     let mut pace = Pace::new(period, catch_up, Instant::now());
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
    /// # let (item_tx, item_rx) = std::sync::mpsc::channel();
    /// # let (_stop_tx, stop_rx) = std::sync::mpsc::channel();
    /// # send_paced(&item_tx, &stop_rx);
    /// # assert_eq!(item_rx.try_iter().count(), 10);
    /// ```
    pub fn next_turn(&mut self, now: Instant) -> Instant {
        let late = now.saturating_duration_since(self.next);
        let turn = self.next + late.saturating_sub(self.catch_up);
        self.next = turn + self.period;
        turn
    }
}
