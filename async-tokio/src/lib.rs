//! Messages between tasks, and between tasks and threads, with tokio: every channel is bounded and
//! every task is joined.
//!
//! Each module is a pattern, in a file that stands alone. The README of this folder shows the idea
//! in a short program, says which file to copy when, and what to watch out for.

pub mod bounded_concurrency;
pub mod bridge;
pub mod broadcast;
pub mod cpu;
pub mod mpsc;
pub mod oneshot;
pub mod ordered;
pub mod rate;
pub mod select;
pub mod shutdown;
pub mod watch;
