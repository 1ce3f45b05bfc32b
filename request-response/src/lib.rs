//! One thread owns the state and the others ask it: each request says where its reply goes.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod actor;
pub mod pipelined;
pub mod reused;
pub mod timeout;
