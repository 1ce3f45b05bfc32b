//! The same shapes on a NATS server, for work that outgrows one machine.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod broadcast;
pub mod fan_out_fan_in;
pub mod request_reply;
pub mod shutdown;
pub mod work_queue;
