//! A fixed number of threads runs jobs from a bounded queue.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod pool;
pub mod results;
pub mod scoped;
pub mod std_only;
pub mod tracker;
pub mod with_rayon;
