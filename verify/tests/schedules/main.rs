//! Each pattern under thousands of schedules.

/// The pattern files, over the model's primitives.
#[allow(
    dead_code,
    missing_docs,
    unfulfilled_lint_expectations,
    unreachable_pub,
    unused_imports,
    clippy::pedantic,
    reason = "the files are checked where they are"
)]
mod patterns {
    include!(concat!(env!("OUT_DIR"), "/patterns.rs"));
}

mod support;

#[cfg(feature = "shuttle-tokio")]
mod async_tokio;
mod basic_channel;
mod complex_data;
mod errors;
mod fan_out_fan_in;
mod mistakes;
mod multi_producer;
mod rate_limit;
mod request_response;
mod select_shutdown;
mod worker_pool;
