//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// Sources of different kinds in one list.
pub(crate) type Source<T> = Box<dyn Iterator<Item = T> + Send>;
