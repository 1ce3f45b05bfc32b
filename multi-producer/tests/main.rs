//! The tests of multi-producer: those of each pattern in a file of its name.

mod broadcast;
mod cli;
mod latest;
mod merge;
mod mpmc;
mod pitfalls;
