// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`paced.rs`]: mod@paced
//! [`token_bucket.rs`]: mod@token_bucket
//! [`shared.rs`]: mod@shared
//! [`ticked.rs`]: mod@ticked
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [worker-pool]: ../worker_pool/index.html
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod paced;
pub mod shared;
pub mod ticked;
pub mod token_bucket;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
