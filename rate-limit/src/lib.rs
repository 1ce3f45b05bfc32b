//! Work passes at a steady rate: the mean is kept, however late each sleep ends.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod paced;
pub mod shared;
pub mod ticked;
pub mod token_bucket;
