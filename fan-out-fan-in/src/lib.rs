#![doc = include_str!("../README.md")]

pub mod chunked;
pub mod ordered;
pub mod pipeline;
pub mod std_only;
pub mod unordered;
pub mod with_rayon;
