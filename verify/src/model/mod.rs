//! Stand-ins for what the patterns import, so that a scheduler can take every decision.
//!
//! A pattern is compiled with `use verify::model::std` and `use verify::model::crossbeam_channel` in
//! scope. A name in scope comes before the crate of that name, so that the file itself stays as it
//! is: what it calls `std::thread` is [`std::thread`] here.
//!
//! Each operation that other threads can notice begins with a choice of the scheduler which thread
//! goes on. All threads of a run are coroutines on one thread of the system, so that between two
//! such choices nothing else happens. What follows from that:
//!
//! - Atomics are sequentially consistent, whatever ordering they are given. A bug that needs a
//!   weaker order is not found.
//! - Time stands still until a wait with a time limit runs out. It may do so at any moment, and the
//!   clock then jumps to its end. One to the end of the clock,
//!   [`std::time::Instant::END`], never runs out.
//! - While a panic unwinds, nobody else runs.

#![allow(
    missing_docs,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::new_without_default,
    reason = "what is not told of an item is as that of its name in std or crossbeam-channel"
)]

#[macro_use]
mod ends;

pub mod crossbeam_channel;
pub mod std;

mod channel;
mod kernel;
mod select;

pub(crate) use kernel::reset;
#[doc(hidden)]
pub use select::{Arm, choose};
