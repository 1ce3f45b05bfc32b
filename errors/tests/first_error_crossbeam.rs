//! What `first_error_crossbeam` promises: the same as `first_error_std`, so the tests are the same.

use errors::first_error_crossbeam as pattern;

#[path = "variants/first_error.rs"]
mod variants;
