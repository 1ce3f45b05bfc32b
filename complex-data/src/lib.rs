//! Messages larger than a number: structs and enums, clones, shared buffers, batches.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod batched;
pub mod batcher;
pub mod cloned;
pub mod owned;
pub mod shared;
