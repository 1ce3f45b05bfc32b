//! The tests of fan-out-fan-in: those of each pattern in a file of its name.

mod by_key;
mod chunked;
mod cli;
mod ordered;
mod pipeline;
mod pitfalls;
mod std_only;
mod unordered;
mod with_rayon;
mod worklist;
