//! What `std_only` promises: what all that fan out do, and the same as `unordered`.

use fan_out_fan_in::std_only::fan_out;

#[path = "variants/fan_out.rs"]
mod variants;

#[path = "variants/unordered.rs"]
mod without_order;

fn ahead(workers: usize, capacity: usize) -> usize {
    capacity + workers
}
