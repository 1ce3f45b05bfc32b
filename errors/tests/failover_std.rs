//! What `failover_std` promises: the same as `failover_crossbeam` without its wait, so the tests are
//! the same.

use std::sync::mpsc::TrySendError::{Disconnected, Full};
use std::sync::mpsc::sync_channel as bounded;

use errors::failover_std::offer;

#[path = "variants/failover.rs"]
mod variants;
