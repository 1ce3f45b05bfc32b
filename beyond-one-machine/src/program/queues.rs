//! Two queues: of jobs, and of their results. A result is stored before its job is acknowledged.

use std::collections::HashSet;
use std::io::{BufReader, Write};
use std::path::Path;
use std::pin::pin;
use std::str;
use std::time::Duration;

use anyhow::Context;
use async_nats::jetstream::Message;
use async_nats::{Client, ConnectOptions};
use beyond_one_machine::work_queue::{Failure, Limits, Queue, id_of};
use tokio::time::timeout;

/// How long the server may be silent.
pub(crate) const SILENCE: Duration = Duration::from_secs(30);
/// How long to wait for a result before a look at whether there will be one.
const PAUSE: Duration = Duration::from_millis(50);

/// Connects, or says why not, in five seconds.
pub(crate) async fn connect(
    server: &str,
    creds: Option<&Path>,
    ca: Option<&Path>,
) -> anyhow::Result<Client> {
    let mut options = ConnectOptions::new().name("beyond-one-machine");
    if let Some(file) = creds {
        options = options.credentials_file(file).await?; // It names the file.
    }
    if let Some(file) = ca {
        options = options.add_root_certificates(file.into());
    }
    let client = options.connect(server).await;
    client.with_context(|| format!("cannot connect to {server}"))
}

/// Jobs out, results in.
#[derive(Clone, Debug)]
pub(crate) struct Queues {
    pub(crate) client: Client,
    pub(crate) jobs: Queue,
    pub(crate) results: Queue,
}

impl Queues {
    pub(crate) async fn open(
        client: Client,
        name: &str,
        ack_wait: Duration,
    ) -> anyhow::Result<Self> {
        let limits = Limits {
            waiting: 100_000,
            unacknowledged: 10_000,
            tries: 3,
            ack_wait,
            work: Duration::from_secs(7 * 86_400),
        };
        let results = Limits {
            tries: u32::MAX, // Nobody sets a result aside.
            ..limits
        };
        let what = || format!("cannot open the queue {name}");
        Ok(Self {
            jobs: Queue::open(&client, name, limits)
                .await
                .with_context(what)?,
            results: Queue::open(&client, &format!("{name}-results"), results)
                .await
                .with_context(what)?,
            client,
        })
    }

    /// Queues each line of standard input.
    pub(crate) async fn submit(&self) -> anyhow::Result<u8> {
        let mut input = BufReader::new(common::streams::stdin()?);
        let run = self.client.new_inbox();
        let (mut accepted, mut refused) = (0_usize, 0_usize);
        let ended = loop {
            let mut line = Vec::new();
            let read = common::streams::read_line(&mut input, &mut line);
            if let Err(error) = read {
                break Err(error).context("cannot read standard input");
            }
            if line.is_empty() {
                break Ok(());
            }
            line.truncate(line.len() - usize::from(line.ends_with(b"\n")));
            match self
                .submit_one(&format!("{run}/{}", accepted + refused), line)
                .await
            {
                Ok(()) => accepted += 1,
                Err(Failure::Refused(error)) => {
                    refused += 1;
                    complain(format_args!(
                        "line {} is refused: {error}",
                        accepted + refused
                    ));
                }
                Err(failure) => {
                    let number = accepted + refused + 1;
                    break Err(failure).with_context(|| format!("line {number} may be lost"));
                }
            }
        };
        writeln!(common::streams::stdout()?, "{accepted} jobs accepted").map_err(unwritten)?;
        ended.map(|()| u8::from(refused > 0))
    }

    /// Waits for room as long as it takes, and for the server as long as it may be silent.
    pub(crate) async fn submit_one(&self, id: &str, job: Vec<u8>) -> Result<(), Failure> {
        loop {
            match self.jobs.submit(id, job.clone(), SILENCE).await {
                Err(Failure::Full) => tracing::info!("the queue is full"),
                ended => return ended,
            }
        }
    }

    /// Prints what the commands have printed, each once.
    pub(crate) async fn print_results(&self) -> anyhow::Result<u8> {
        let mut out = common::streams::stdout()?;
        self.collect(|outcome| {
            out.write_all(outcome.output)
                .and_then(|()| out.flush())
                .map_err(unwritten)
        })
        .await?;
        let (_, aside) = self.jobs.count().await?;
        if aside > 0 {
            complain(format_args!(
                "{aside} jobs have failed too often, and are set aside"
            ));
            return Ok(123);
        }
        Ok(0)
    }

    /// Calls `each` with the first result of each job, until all jobs are done.
    pub(crate) async fn collect(
        &self,
        mut each: impl FnMut(&Outcome<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Tally> {
        let (mut had, mut tally) = (HashSet::new(), Tally::default());
        while let Some(message) = self.next_result().await? {
            let outcome = Outcome::of(&message).context("a result is not ours")?;
            if had.insert(outcome.job.to_string()) {
                tally.done += 1;
                tally.begun_again += usize::from(outcome.delivery > 1);
                each(&outcome)?;
            } else {
                tally.repeated += 1;
            }
            // Printed, then acknowledged: who dies in between prints it once more.
            message
                .double_ack()
                .await
                .map_err(anyhow::Error::from_boxed)?;
        }
        Ok(tally)
    }

    /// `None` when there are neither results nor jobs.
    async fn next_result(&self) -> Result<Option<Message>, Failure> {
        let mut next = pin!(self.results.next());
        loop {
            match timeout(PAUSE, &mut next).await {
                Ok(result) => return result.map(Some),
                // In this order: a result is there before its job goes.
                Err(_) if self.jobs.count().await?.0 == 0 && self.results.count().await?.0 == 0 => {
                    return Ok(None);
                }
                Err(_) => {}
            }
        }
    }
}

/// What `collect` has seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) done: usize,
    /// Of these, how many had been begun before.
    pub(crate) begun_again: usize,
    /// Results of jobs that had one.
    pub(crate) repeated: usize,
}

/// What a command has printed for a job. Its id is that of the job and the delivery.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome<'a> {
    pub(crate) job: &'a str,
    pub(crate) delivery: u32,
    /// The process that did it.
    pub(crate) worker: u32,
    pub(crate) output: &'a [u8],
}

impl<'a> Outcome<'a> {
    fn of(message: &'a Message) -> Option<Self> {
        let (job, delivery) = id_of(message).rsplit_once('#')?;
        let (worker, output) = message.payload.split_first_chunk()?;
        Some(Self {
            job,
            delivery: delivery.parse().ok()?,
            worker: u32::from_be_bytes(*worker),
            output,
        })
    }

    pub(crate) fn id(&self) -> String {
        format!("{}#{}", self.job, self.delivery)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&self.worker.to_be_bytes(), self.output].concat()
    }
}

pub(crate) fn unwritten(error: std::io::Error) -> anyhow::Error {
    anyhow::Error::new(error).context("cannot write to standard output")
}

pub(crate) fn complain(what: impl std::fmt::Display) {
    common::complain("beyond-one-machine", what);
}
