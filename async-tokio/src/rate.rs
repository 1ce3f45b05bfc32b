//! Lets tasks together do something only so often: each waits in line for its turn.
//!
//! `tasks -> [in line] -> a turn each period, up to burst of them saved -> the task goes on`
//!
//! Use it when tasks share the rate that a service allows. `governor`'s `until_ready` does the
//! same, with a limit for each key, too, and without the line. For how many at once instead of how
//! often: `bounded_concurrency.rs`. For threads: `../rate-limit/src/shared.rs`.
//!
//! - Up to `burst` turns come at once, and each further one a `period` later.
//! - A timer that is late by up to a `period` does not slow the rate: the next turn keeps its time.
//! - Tasks get their turns in the order in which they came.
//! - A task that gives up costs no turn.
//! - Time is tokio's: a test pauses it.
//!
//! In short: `examples/a_rate_for_tasks.rs` · Tests: `tests/rate.rs`
//! Needs: tokio 1.44.2 (features sync, time)

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

/// A rate, to share by reference or in an `Arc`.
#[derive(Debug)]
pub struct Rate {
    period: Duration,
    /// How far a turn may run ahead of the rate.
    ahead: Duration,
    start: Instant,
    /// The time of the next turn if there were no burst, counted from `start`. Who holds the lock
    /// is first in line.
    next: Mutex<Duration>,
}

impl Rate {
    /// One turn each `period`, such as `Duration::from_secs(1) / 50`. While nobody asks, up to
    /// `burst` turns are saved; so many are there at the start.
    ///
    /// tokio's timer counts milliseconds: for a shorter period, take a burst of some ms.
    ///
    /// # Panics
    ///
    /// When `burst` is 0.
    pub fn new(period: Duration, burst: usize) -> Self {
        assert!(burst > 0, "a burst has a turn");
        let ahead = u32::try_from(burst - 1).unwrap_or(u32::MAX);
        Self {
            period,
            ahead: period.saturating_mul(ahead),
            start: Instant::now(),
            next: Mutex::default(),
        }
    }

    /// Waits for a turn, and takes it. Dropped before, it takes none.
    ///
    /// Kept without being polled, as a branch of `select!` by `&mut` is while another one's handler
    /// runs, it holds up all those behind it in line.
    ///
    /// # Panics
    ///
    /// When the runtime has no timer (`enable_time`).
    ///
    /// # Example
    ///
    /// ```
    /// use async_tokio::rate::Rate;
    /// use std::time::Duration;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let rate = Rate::new(Duration::from_millis(20), 2);
    /// for request in 1..=4 {
    ///     rate.wait().await; // Two at once, the others 20 ms apart.
    ///     println!("request {request}");
    /// }
    /// # }
    /// ```
    pub async fn wait(&self) {
        let mut next = self.next.lock().await;
        let now = self.start.elapsed();
        let due = next.saturating_sub(self.ahead);
        if due > now {
            sleep(due.saturating_sub(now)).await;
        }
        // Counted from when it came or was due, not from when it woke: the timer may be late.
        *next = now.max(*next).saturating_add(self.period);
    }
}
