// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`unordered.rs`]: mod@unordered
//! [`ordered.rs`]: mod@ordered
//! [`std_only.rs`]: mod@std_only
//! [`chunked.rs`]: mod@chunked
//! [`with_rayon.rs`]: mod@with_rayon
//! [`pipeline.rs`]: mod@pipeline
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [async-tokio]: ../async_tokio/index.html
//! [worker-pool]: ../worker_pool/index.html
#![doc = include_str!("../README.md")]

pub mod chunked;
pub mod ordered;
pub mod pipeline;
pub mod std_only;
pub mod unordered;
pub mod with_rayon;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
