#![doc = include_str!("../README.md")]

pub mod actor;
pub mod pipelined;
pub mod reused;
pub mod timeout;
