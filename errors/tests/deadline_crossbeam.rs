//! What `deadline_crossbeam` promises: the same as `deadline_std`, so the tests are the same.

use crossbeam_channel::{bounded, unbounded};
use errors::deadline_crossbeam as pattern;

#[path = "variants/deadline.rs"]
mod variants;
