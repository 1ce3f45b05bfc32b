//! What `unordered` promises: what all that fan out do, and the same as `std_only`.

use fan_out_fan_in::unordered::fan_out;

#[path = "variants/fan_out.rs"]
mod variants;

#[path = "variants/unordered.rs"]
mod without_order;

fn ahead(workers: usize, capacity: usize) -> usize {
    2 * capacity + workers + 1
}
