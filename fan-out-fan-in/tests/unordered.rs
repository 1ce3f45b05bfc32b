//! What `unordered` promises: the same as `std_only`, so the tests are the same.

use fan_out_fan_in::unordered as pattern;

#[path = "variants/unordered.rs"]
mod variants;
