//! The tests of select-shutdown: those of each pattern in a file of its name.

mod cli;
mod pitfalls;
mod reload;
mod select;
mod shutdown;
mod signals;
mod std_only;
mod support;
mod ticker;
