//! The tests of multi-producer: those of each pattern in a file of its name.

mod broadcast;
mod cli;
mod merge;
mod mpmc;
mod pitfalls;
mod support;
