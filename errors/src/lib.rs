#![doc = include_str!("../README.md")]

pub mod deadline_crossbeam;
pub mod deadline_std;
pub mod failover_crossbeam;
pub mod failover_std;
pub mod failure;
pub mod first_error_crossbeam;
pub mod first_error_std;
pub mod send_failure_crossbeam;
pub mod send_failure_std;
pub mod timed_send;
