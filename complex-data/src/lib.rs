// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`owned.rs`]: mod@owned
//! [`cloned.rs`]: mod@cloned
//! [`shared.rs`]: mod@shared
//! [`batched.rs`]: mod@batched
//! [`batcher.rs`]: mod@batcher
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [multi-producer]: ../multi_producer/index.html
#![doc = include_str!("../README.md")]

pub mod batched;
pub mod batcher;
pub mod cloned;
pub mod owned;
pub mod shared;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
