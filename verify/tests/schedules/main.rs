//! Each pattern under thousands of schedules.

/// The pattern files, over the model's primitives.
#[allow(
    dead_code,
    missing_docs,
    unfulfilled_lint_expectations,
    unreachable_pub,
    unused_imports,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "the files are checked where they are"
)]
mod patterns {
    include!(concat!(env!("OUT_DIR"), "/patterns.rs"));
}

/// Their tests, over the same.
#[allow(
    dead_code,
    missing_docs,
    unfulfilled_lint_expectations,
    unreachable_pub,
    unused_imports,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "the files are checked where they are"
)]
mod members {
    include!(concat!(env!("OUT_DIR"), "/tests.rs"));
}

/// What the tests share, but for what a scheduler does not need.
#[allow(unused_imports, reason = "what is not needed here is needed there")]
mod testkit {
    use std::time::Duration;

    pub(crate) use crate::members::kit::*;

    // The scheduler tries each test many times, and needs fewer items for it.
    pub(crate) const MANY: usize = 20;
    pub(crate) const ROUNDS: usize = 3;

    #[allow(dead_code, reason = "not every member needs it")]
    /// Beyond what the model's clock ever shows.
    pub(crate) const LIMIT: Duration = Duration::from_secs(1_000_000_000);

    /// A deadlock is known without a clock.
    pub(crate) fn within<T>(body: impl FnOnce() -> T) -> T {
        body()
    }
}

/// Where each property takes many values, each under a schedule of its own.
#[allow(unused_imports, reason = "what is not needed here is needed there")]
mod proptest {
    pub(crate) use ::proptest::*;

    pub(crate) mod prelude {
        pub(crate) use ::proptest::prelude::*;

        pub(crate) use crate::explored_property as proptest;
    }
}

/// Stands for `proptest!`.
#[macro_export]
macro_rules! explored_property {
    ($(#![$config:meta])? $(
        $(#[$attribute:meta])*
        fn $name:ident($($value:pat in $strategy:expr),* $(,)?) $body:block
    )*) => {$(
        $(#[$attribute])*
        fn $name() {
            ::verify::explore::explore_values(|| ($($strategy,)*), |($($value,)*)| {
                let () = $body;
                Ok(())
            });
        }
    )*};
}

#[cfg(feature = "shuttle-tokio")]
mod async_tokio;
mod mistakes;
