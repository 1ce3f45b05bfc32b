#![doc = include_str!("../README.md")]

pub mod batched;
pub mod batcher;
pub mod cloned;
pub mod owned;
pub mod shared;
