//! What the patterns use of [`::std::time`].

use ::std::ops::{Add, AddAssign, Sub, SubAssign};

#[doc(no_inline)]
pub use ::std::time::Duration;

use crate::model::kernel::now;

/// A stand-in for [`::std::time::Instant`], which moves only when a wait runs out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(Duration);

impl Instant {
    /// The end of the clock, which the real one does not tell. A wait until then never runs out.
    pub const END: Self = Self(Duration::MAX);

    /// The clock of this run.
    pub fn now() -> Self {
        Self(now())
    }

    /// Since the start of the run.
    pub(crate) fn since_start(self) -> Duration {
        self.0
    }

    /// As [`::std::time::Instant::elapsed`].
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// As [`::std::time::Instant::duration_since`]: zero where `earlier` is later.
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// As [`::std::time::Instant::saturating_duration_since`].
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }

    /// As [`::std::time::Instant::checked_duration_since`].
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_sub(earlier.0)
    }

    /// As [`::std::time::Instant::checked_add`].
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// As [`::std::time::Instant::checked_sub`].
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        *self = *self + duration;
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        *self = *self - duration;
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        self.checked_sub(duration)
            .expect("the clock begins at zero")
    }
}

impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}
