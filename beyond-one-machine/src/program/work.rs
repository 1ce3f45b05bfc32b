//! A worker: a command for each job.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::process::{self, Stdio};
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::Message;
use beyond_one_machine::shutdown::{self, Limits};
use beyond_one_machine::work_queue::{End, id_of};
use tokio::process::Command;
use tokio::signal::unix::{SignalKind, signal};

use super::queues::{Outcome, Queues, SILENCE, complain};

/// Works until Ctrl-C or SIGTERM; then the command that runs may go on for a minute.
pub(crate) async fn run(queues: &Queues, command: &[OsString]) -> anyhow::Result<u8> {
    let listen = |kind| signal(kind).context("cannot listen for signals");
    let (mut interrupt, mut terminate) = (
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    );
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    let limits = Limits {
        ahead: 1,
        drain: Duration::from_secs(60),
        silence: SILENCE,
    };
    let report = shutdown::run(
        &queues.client,
        queues.jobs.jobs(),
        limits,
        stop,
        async |job| do_one(queues, command, &job).await,
    );
    let report = report.await?;
    tracing::info!("{report:?}");
    Ok(u8::from(report.cut_off > 0))
}

/// Whether the server knows that the job is done.
async fn do_one(queues: &Queues, command: &[OsString], job: &Message) -> bool {
    let line = OsStr::from_bytes(&job.payload);
    match queues.jobs.work(job, run_one(queues, command, job)).await {
        Ok(End::Done) => return true,
        Ok(End::Again(reason)) => {
            complain(format_args!("{line:?}: {reason}; it will be tried again"));
        }
        Ok(End::Aside(reason)) => complain(format_args!("{line:?}: {reason}; it is set aside")),
        Err(failure) => complain(format_args!("{line:?}: {failure}; it may come again")),
    }
    false
}

async fn run_one(queues: &Queues, command: &[OsString], job: &Message) -> anyhow::Result<()> {
    let ended = Command::new(&command[0])
        .args(&command[1..])
        .arg(OsStr::from_bytes(&job.payload))
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        // A command goes on after Ctrl-C, which goes to a whole group, and ends with its worker.
        .process_group(0)
        .kill_on_drop(true)
        .output()
        .await;
    let output = ended.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => anyhow::anyhow!("there is no such command"),
        _ => anyhow::anyhow!("cannot run the command: {error}"),
    })?;
    anyhow::ensure!(output.status.success(), "{}", output.status);
    let delivery = job.info().map_err(anyhow::Error::from_boxed)?.delivered;
    let outcome = Outcome {
        job: id_of(job),
        delivery: delivery.try_into()?,
        worker: process::id(),
        output: &output.stdout,
    };
    Ok(queues
        .results
        .submit(&outcome.id(), outcome.bytes(), SILENCE)
        .await?)
}
