//! What `back_pressure_crossbeam` promises: the same as `back_pressure_std`.

use basic_channel::back_pressure_crossbeam as pattern;

#[path = "variants/back_pressure.rs"]
mod variants;
