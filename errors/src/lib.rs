//! What can go wrong at a channel, who learns of it, and what to do about it.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea in
//! a short program, says which file to copy when, and what to watch out for.

pub mod deadline_crossbeam;
pub mod deadline_std;
pub mod failover_crossbeam;
pub mod failover_std;
pub mod failure;
pub mod first_error_crossbeam;
pub mod first_error_std;
pub mod send_failure_crossbeam;
pub mod send_failure_std;
pub mod timed_send;
