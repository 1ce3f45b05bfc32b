#![doc = include_str!("../README.md")]

pub mod broadcast;
pub mod merge;
pub mod mpmc;
