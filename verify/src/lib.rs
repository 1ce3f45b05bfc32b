//! What the tests of this crate stand on: a scheduler that tries the interleavings of threads
//! ([`explore`]), channels, locks, threads and time that it controls ([`model`]), and a list of the
//! patterns ([`patterns`]). What is proven with them, and how to run it, is in the README.

pub mod explore;
pub mod model;
pub mod patterns;

/// Fails with all that is wrong, not with the first of it.
///
/// # Panics
///
/// When there is a complaint.
pub fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}
