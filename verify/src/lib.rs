#![doc = include_str!("../README.md")]

pub mod explore;
pub mod model;
pub mod patterns;
