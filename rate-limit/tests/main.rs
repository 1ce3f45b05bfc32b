//! The tests of rate-limit: those of each pattern in a file of its name.

mod cli;
mod paced;
mod pitfalls;
mod shared;
mod support;
mod ticked;
mod token_bucket;
