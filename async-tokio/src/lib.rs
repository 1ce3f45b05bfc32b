// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`mpsc.rs`]: mod@mpsc
//! [`oneshot.rs`]: mod@oneshot
//! [`broadcast.rs`]: mod@broadcast
//! [`watch.rs`]: mod@watch
//! [`select.rs`]: mod@select
//! [`bounded_concurrency.rs`]: mod@bounded_concurrency
//! [`bridge.rs`]: mod@bridge
//! [`cpu.rs`]: mod@cpu
//! [`shutdown.rs`]: mod@shutdown
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [basic-channel]: ../basic_channel/index.html
//! [fan-out-fan-in]: ../fan_out_fan_in/index.html
#![doc = include_str!("../README.md")]

pub mod bounded_concurrency;
pub mod bridge;
pub mod broadcast;
pub mod cpu;
pub mod mpsc;
pub mod oneshot;
pub mod select;
pub mod shutdown;
pub mod watch;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
