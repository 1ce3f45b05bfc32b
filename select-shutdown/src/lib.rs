#![doc = include_str!("../README.md")]

pub mod select;
pub mod shutdown;
pub mod signals;
pub mod std_only;
pub mod ticker;
