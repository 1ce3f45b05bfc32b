// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`pool.rs`]: mod@pool
//! [`results.rs`]: mod@results
//! [`std_only.rs`]: mod@std_only
//! [`scoped.rs`]: mod@scoped
//! [`with_rayon.rs`]: mod@with_rayon
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [fan-out-fan-in]: ../fan_out_fan_in/index.html
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod pool;
pub mod results;
pub mod scoped;
pub mod std_only;
pub mod with_rayon;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
