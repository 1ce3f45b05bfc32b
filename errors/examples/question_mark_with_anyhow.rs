//! `?` with anyhow: a failed send becomes an error of yours.
//!
//! send -> SendError(job) -> anyhow::Error -> main
//!
//! Next: `src/send_failure.rs` is an error of its own for this: the reason, without the value.

use anyhow::Context;
use std::sync::mpsc::{self, Sender};

type Job = Box<dyn FnOnce() + Send>;

fn submit(jobs: &Sender<Job>, job: Job) -> anyhow::Result<()> {
    // `jobs.send(job)?` does not compile: the error holds the job, and a job is not `Sync`. (With a
    // `String` it does.) `.ok()` drops the job and keeps the fact.
    jobs.send(job).ok().context("the worker is gone")?;
    Ok(())
}

fn main() {
    let (tx, rx) = mpsc::channel::<Job>();

    let sent = submit(&tx, Box::new(|| println!("hello from the job")));
    println!("first: {sent:?}");
    let job = rx.recv().unwrap();
    job();

    drop(rx);
    if let Err(error) = submit(&tx, Box::new(|| println!("never"))) {
        println!("second: {error}");
    }
}

// Prints:
// first: Ok(())
// hello from the job
// second: the worker is gone
