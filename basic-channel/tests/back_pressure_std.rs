//! What `back_pressure_std` promises.

use basic_channel::back_pressure_std as pattern;

#[path = "variants/back_pressure.rs"]
mod variants;
