// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`select.rs`]: mod@select
//! [`shutdown.rs`]: mod@shutdown
//! [`ticker.rs`]: mod@ticker
//! [`signals.rs`]: mod@signals
//! [`std_only.rs`]: mod@std_only
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [worker-pool]: ../worker_pool/index.html
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod select;
pub mod shutdown;
pub mod signals;
pub mod std_only;
pub mod ticker;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
