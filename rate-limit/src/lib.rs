#![doc = include_str!("../README.md")]

pub mod paced;
pub mod shared;
pub mod ticked;
pub mod token_bucket;
