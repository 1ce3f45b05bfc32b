//! What the tests of this workspace share: a guard against hangs, items that are counted, and programs as
//! processes. What goes wrong here is a test that fails, so all of it panics.

mod kit;
pub mod program;

pub use kit::{LIMIT, Lead, Ledger, MANY, ROUNDS, Tracked, count, outcome, panic_of, within};

#[cfg(test)]
mod tests;
