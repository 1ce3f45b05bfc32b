//! A server, three workers, 200 jobs, and one worker that is killed in the middle.

use std::collections::BTreeMap;
use std::env;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Context;
use common::timeline;

use super::queues::{Queues, connect, unwritten};
use super::server::Server;

const JOBS: usize = 200;
const WORKERS: usize = 3;
/// So long, the jobs of the killed one are missing.
const ACK_WAIT: Duration = Duration::from_millis(400);

/// Killed when this is dropped.
struct Worker(Child);

impl Worker {
    fn start(server: &str) -> anyhow::Result<Self> {
        let ack_wait = ACK_WAIT.as_secs_f32().to_string();
        let command = Command::new(env::current_exe()?)
            .args(["--server", server, "--ack-wait", &ack_wait, "work", "echo"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        command.map(Self).context("cannot start a worker")
    }

    /// With SIGKILL.
    fn kill(&mut self) {
        // Fails when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
    }
}

pub(crate) async fn run() -> anyhow::Result<u8> {
    let server = Server::start()?;
    let client = connect(&server.url(), None, None).await?;
    let queues = Queues::open(client, "jobs", ACK_WAIT).await?;
    let mut workers = Vec::new();
    for _ in 0..WORKERS {
        workers.push(Worker::start(&server.url())?);
    }
    let mut out = common::streams::stdout()?;
    for n in 1..=JOBS {
        queues
            .submit_one(&n.to_string(), format!("job {n}").into())
            .await?;
    }
    writeln!(out, "{JOBS} jobs accepted, {WORKERS} workers").map_err(unwritten)?;

    let victim = workers[1].0.id();
    let (mut done, mut by_worker) = (0, BTreeMap::new());
    let tally = queues.collect(|outcome| {
        timeline::mark(format_args!("job {}", outcome.job));
        done += 1;
        *by_worker.entry(outcome.worker).or_insert(0) += 1;
        if done == JOBS / 2 {
            timeline::mark("a worker is killed");
            workers[1].kill();
            writeln!(out, "worker 2 is killed, after {done} results").map_err(unwritten)?;
        }
        Ok(())
    });
    let tally = tally.await?;
    for (number, worker) in workers.iter().enumerate() {
        let count = by_worker.get(&worker.0.id()).copied().unwrap_or(0);
        let end = if worker.0.id() == victim {
            ", until it was killed"
        } else {
            ""
        };
        writeln!(out, "worker {} did {count}{end}", number + 1).map_err(unwritten)?;
    }
    writeln!(
        out,
        "{} jobs done: {} of them were begun twice, {} results came twice",
        tally.done, tally.begun_again, tally.repeated
    )
    .map_err(unwritten)?;
    Ok(u8::from(tally.done != JOBS))
}
