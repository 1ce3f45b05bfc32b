//! What the tests of this crate stand on: a scheduler that tries the interleavings of threads
//! ([`explore`]), channels, locks, threads and time that it controls ([`model`]), and a list of the
//! patterns ([`patterns`]). What is proven with them, and how to run it, is in the README.

pub mod explore;
pub mod model;
pub mod patterns;
