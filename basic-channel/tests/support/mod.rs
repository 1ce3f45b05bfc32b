//! What the tests of several patterns need.
#![allow(dead_code, reason = "each test file uses its part")]

use std::time::Duration;

use testkit::Lead;

/// A wait that cannot succeed, however long it is: each place says why.
pub(crate) const IN_VAIN: Duration = Duration::from_millis(20);

/// Takes all that is `received`, and counts each item before asking for it.
pub(crate) fn take_all(lead: &Lead, received: &mut dyn Iterator<Item = usize>) -> usize {
    let mut taken = 0;
    lead.take();
    for _ in received {
        taken += 1;
        lead.take();
    }
    taken
}
