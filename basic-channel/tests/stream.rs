//! What `stream` promises: what stands at the head of `variants/stream.rs`.

use basic_channel::stream::stream as pattern;

#[path = "variants/stream.rs"]
mod variants;
