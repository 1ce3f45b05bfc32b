#![doc = include_str!("../README.md")]

pub mod bounded_concurrency;
pub mod bridge;
pub mod broadcast;
pub mod cpu;
pub mod mpsc;
pub mod oneshot;
pub mod select;
pub mod shutdown;
pub mod watch;
