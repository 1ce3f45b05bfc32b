#![doc = include_str!("../README.md")]

pub mod back_pressure_crossbeam;
pub mod back_pressure_std;
pub mod ownership;
pub mod stream;
