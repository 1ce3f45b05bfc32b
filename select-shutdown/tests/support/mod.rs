//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A clock that stands still, except for what the test and its own step add.
#[derive(Clone)]
pub(crate) struct Clock {
    time: Rc<Cell<Instant>>,
    step: Duration,
}

impl Clock {
    /// Starts in the past, so that a wait until one of its times is over at once, and goes on by
    /// `step` whenever it is asked.
    pub(crate) fn new(step: Duration) -> Self {
        let now = Instant::now();
        let start = now.checked_sub(Duration::from_secs(5)).unwrap_or(now);
        Self {
            time: Rc::new(Cell::new(start)),
            step,
        }
    }

    /// What the clock shows, without a step.
    pub(crate) fn time(&self) -> Instant {
        self.time.get()
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.time.set(self.time.get() + by);
    }

    pub(crate) fn now(&self) -> impl FnMut() -> Instant + use<> {
        let clock = self.clone();
        move || {
            let time = clock.time();
            clock.advance(clock.step);
            time
        }
    }
}
