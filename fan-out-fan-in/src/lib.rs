//! Work is spread over several threads, and the results are gathered in one place.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod by_key;
pub mod chunked;
pub mod ordered;
pub mod pipeline;
pub mod std_only;
pub mod unordered;
pub mod with_rayon;
pub mod worklist;
