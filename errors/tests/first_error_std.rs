//! What `first_error_std` promises: the same as `first_error_crossbeam`, so the tests are the same.

use errors::first_error_std as pattern;

#[path = "variants/first_error.rs"]
mod variants;
