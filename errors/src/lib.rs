//! What can go wrong at a channel, who learns of it, and what to do about it.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod deadline;
pub mod failover_crossbeam;
pub mod failover_std;
pub mod failure;
pub mod first_error;
pub mod retry;
pub mod send_failure;
pub mod timed_send;
