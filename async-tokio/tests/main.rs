//! The tests of async-tokio: those of each pattern in a file of its name.

mod bounded_concurrency;
mod bridge;
mod broadcast;
mod chat;
mod cli;
mod cpu;
mod mpsc;
mod oneshot;
mod ordered;
mod pitfalls;
mod rate;
mod select;
mod shutdown;
mod support;
mod watch;
