// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`ownership.rs`]: mod@ownership
//! [`stream.rs`]: mod@stream
//! [`back_pressure_std.rs`]: mod@back_pressure_std
//! [`back_pressure_crossbeam.rs`]: mod@back_pressure_crossbeam
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [multi-producer]: ../multi_producer/index.html
//! [fan-out-fan-in]: ../fan_out_fan_in/index.html
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod back_pressure_crossbeam;
pub mod back_pressure_std;
pub mod ownership;
pub mod stream;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
