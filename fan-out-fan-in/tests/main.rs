//! The tests of fan-out-fan-in: those of each pattern in a file of its name.

mod chunked;
mod cli;
mod ordered;
mod pipeline;
mod pitfalls;
mod std_only;
mod support;
mod unordered;
mod with_rayon;
