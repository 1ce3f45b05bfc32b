//! The tests of worker-pool: those of each pattern in a file of its name.

mod cli;
mod pitfalls;
mod pool;
mod results;
mod scoped;
mod std_only;
mod support;
mod tracker;
mod with_rayon;
