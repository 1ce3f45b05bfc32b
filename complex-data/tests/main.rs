//! The tests of complex-data: those of each pattern in a file of its name.

mod batched;
mod batcher;
#[cfg(unix)] // Of other systems, the tests know too little.
mod cli;
mod cloned;
mod owned;
mod pitfalls;
mod shared;
