#![doc = include_str!("../README.md")]

pub mod pool;
pub mod results;
pub mod scoped;
pub mod std_only;
pub mod with_rayon;
