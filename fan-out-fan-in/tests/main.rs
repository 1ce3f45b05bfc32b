//! The tests of fan-out-fan-in: those of each pattern in a file of its name.

mod by_key;
mod chunked;
#[cfg(unix)] // Of other systems, the tests know too little.
mod cli;
mod ordered;
mod pipeline;
mod pitfalls;
mod std_only;
mod unordered;
mod with_rayon;
mod worklist;
