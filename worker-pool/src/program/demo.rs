//! The pool at work on a few jobs, one of which panics.

use std::io::Write;
use std::panic::resume_unwind;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::timeline;
use worker_pool::pool::{Pool, Report};
use worker_pool::results::task;

/// Prints how the jobs ended that did not end well.
pub(crate) fn demo() -> anyhow::Result<()> {
    let pool = Pool::start(3, 2).context("cannot start the workers")?;
    let start = |n: u64| {
        let (job, handle) = task(move || {
            if n == 4 {
                let _block = timeline::at_work("4 panics!");
                work(200);
                // As `panic!`, but without the message that std prints.
                resume_unwind(Box::new("it was made to"));
            }
            let _block = timeline::at_work(format_args!("job {n}"));
            work(220 + 60 * (n * 3 % 4));
        });
        let _waits = timeline::waits();
        pool.execute(job);
        (n, handle)
    };
    let handles: Vec<_> = (1..=10).map(start).collect();
    let mut out = common::streams::stdout()?;
    let mut print = |line: String| {
        let printed = writeln!(out, "{line}");
        printed.context("cannot write to standard output")
    };
    for (n, handle) in handles {
        if let Err(failure) = handle.wait() {
            print(format!("job {n}: {failure}"))?;
        }
    }
    let Report { completed, failed } = pool.finish();
    print(format!("{completed} completed, {failed} failed"))
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn work(milliseconds: u64) {
    thread::sleep(Duration::from_millis(milliseconds));
}
