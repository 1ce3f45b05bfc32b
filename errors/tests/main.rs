//! The tests of errors: those of each pattern in a file of its name.

mod cli;
mod deadline;
mod failover_crossbeam;
mod failover_std;
mod failure;
mod first_error;
mod pitfalls;
mod retry;
mod send_failure;
mod timed_send;
