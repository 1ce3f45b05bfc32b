//! What `deadline_std` promises: the same as `deadline_crossbeam`, so the tests are the same.

use std::sync::mpsc::{channel as unbounded, sync_channel as bounded};

use errors::deadline_std as pattern;

#[path = "variants/deadline.rs"]
mod variants;
