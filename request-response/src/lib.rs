// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`actor.rs`]: mod@actor
//! [`timeout.rs`]: mod@timeout
//! [`reused.rs`]: mod@reused
//! [`pipelined.rs`]: mod@pipelined
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod actor;
pub mod pipelined;
pub mod reused;
pub mod timeout;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
