//! The tests of errors: those of each pattern in a file of its name.

mod cli;
mod deadline_crossbeam;
mod deadline_std;
mod failover_crossbeam;
mod failover_std;
mod failure;
mod first_error_crossbeam;
mod first_error_std;
mod pitfalls;
mod send_failure_crossbeam;
mod send_failure_std;
mod timed_send;
