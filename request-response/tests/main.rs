//! The tests of request-response: those of each pattern in a file of its name.

mod actor;
mod cli;
mod pipelined;
mod pitfalls;
mod reused;
mod support;
mod timeout;
