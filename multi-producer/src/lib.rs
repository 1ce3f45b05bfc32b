//! Many threads send; one receives it all, or several share the messages, or each of several gets
//! every message, or only the newest.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod broadcast;
pub mod latest;
pub mod merge;
pub mod mpmc;
