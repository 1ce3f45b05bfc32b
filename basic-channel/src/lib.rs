//! One thread produces items, another consumes them, and each item has exactly one owner at any
//! time.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod back_pressure;
pub mod ownership;
pub mod stream;
