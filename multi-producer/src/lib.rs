// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`merge.rs`]: mod@merge
//! [`mpmc.rs`]: mod@mpmc
//! [`broadcast.rs`]: mod@broadcast
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [async-tokio]: ../async_tokio/index.html
//! [fan-out-fan-in]: ../fan_out_fan_in/index.html
#![doc = include_str!("../README.md")]

pub mod broadcast;
pub mod merge;
pub mod mpmc;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
