//! The tests of basic-channel: those of each pattern in a file of its name.

mod back_pressure;
mod cli;
mod ownership;
mod pitfalls;
mod stream;
