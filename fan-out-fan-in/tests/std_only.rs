//! What `std_only` promises: the same as `unordered`, so the tests are the same.

use fan_out_fan_in::std_only as pattern;

#[path = "variants/unordered.rs"]
mod variants;
