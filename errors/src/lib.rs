// Where rustdoc finds what the README links to: of two definitions, the first counts.
//! [`send_failure_std.rs`]: mod@send_failure_std
//! [`send_failure_crossbeam.rs`]: mod@send_failure_crossbeam
//! [`failover_std.rs`]: mod@failover_std
//! [`failover_crossbeam.rs`]: mod@failover_crossbeam
//! [`timed_send.rs`]: mod@timed_send
//! [`deadline_std.rs`]: mod@deadline_std
//! [`deadline_crossbeam.rs`]: mod@deadline_crossbeam
//! [`failure.rs`]: mod@failure
//! [`first_error_std.rs`]: mod@first_error_std
//! [`first_error_crossbeam.rs`]: mod@first_error_crossbeam
//! [`tests/pitfalls.rs`]: mod@pitfalls
//! [async-tokio]: ../async_tokio/index.html
#![doc = include_str!("../README.md")]

pub mod deadline_crossbeam;
pub mod deadline_std;
pub mod failover_crossbeam;
pub mod failover_std;
pub mod failure;
pub mod first_error_crossbeam;
pub mod first_error_std;
pub mod send_failure_crossbeam;
pub mod send_failure_std;
pub mod timed_send;

/// The wrong shapes that people write, each beside the right one: `tests/pitfalls.rs`.
///
/// ```no_run
#[doc = include_str!("../tests/pitfalls.rs")]
/// ```
#[cfg(all(doc, not(doctest)))]
pub mod pitfalls {}
