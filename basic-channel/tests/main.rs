//! The tests of basic-channel: those of each pattern in a file of its name.

mod back_pressure_crossbeam;
mod back_pressure_std;
mod cli;
mod ownership;
mod pitfalls;
mod stream;
mod support;
