//! Queues lines as jobs on a NATS server, runs a command for each, and prints the results.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand, error::ErrorKind};
use tokio::runtime;

mod program {
    pub(crate) mod demo;
    pub(crate) mod queues;
    pub(crate) mod server;
    pub(crate) mod work;
}
use program::queues::Queues;
use program::{demo, queues, work};

/// Queues lines as jobs on a NATS server, runs a command for each, and prints the results. Without arguments: a server, three workers, 200 jobs, and one worker that is killed.
///
/// Exit codes: 0; 1 if the server does not answer; 123 if a job has failed too often.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The server, such as `nats://host:4222`, or `tls://host`
    #[arg(long, global = true, value_name = "URL", value_parser = without_password)]
    server: Option<String>,

    /// A file of credentials for it
    #[arg(long, global = true, value_name = "FILE")]
    creds: Option<PathBuf>,

    /// A file of certificates to trust, besides those of the system
    #[arg(long, global = true, value_name = "FILE")]
    ca: Option<PathBuf>,

    /// The name of the queue
    #[arg(long, global = true, value_name = "NAME", default_value = "jobs", value_parser = name)]
    queue: String,

    /// After so long without a sign of its worker, a job goes to another
    #[arg(long, global = true, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    ack_wait: Duration,

    #[command(subcommand)]
    action: Option<Action>,

    #[command(flatten)]
    timeline: common::timeline::Args,
}

#[derive(Subcommand)]
enum Action {
    /// Queue each line of standard input as a job
    Submit,
    /// Run COMMAND for each job, with the line as its last argument, until Ctrl-C. A command that fails
    /// is tried three times
    Work {
        /// The command and its first arguments
        #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
        command: Vec<OsString>,
    },
    /// Print what the commands have printed, as it comes, until all jobs are done
    Results,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if args.server.is_some() != args.action.is_some() {
        let what = "--server and one of submit, work, results go together";
        Args::command()
            .error(ErrorKind::MissingRequiredArgument, what)
            .exit();
    }
    common::run("beyond-one-machine", &args.timeline, || run(&args))
}

fn run(args: &Args) -> anyhow::Result<u8> {
    // A thread of its own for the connection: the main thread may be blocked in a read or a write.
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    runtime.context("cannot start a runtime")?.block_on(async {
        let (Some(server), Some(action)) = (&args.server, &args.action) else {
            return demo::run().await;
        };
        let client = queues::connect(server, args.creds.as_deref(), args.ca.as_deref()).await?;
        let queues = Queues::open(client, &args.queue, args.ack_wait).await?;
        match action {
            Action::Submit => queues.submit().await,
            Action::Work { command } => work::run(&queues, command).await,
            Action::Results => queues.print_results().await,
        }
    })
}

/// Whoever may list the processes of a machine sees their arguments.
fn without_password(url: &str) -> Result<String, &'static str> {
    if url.contains('@') {
        return Err("no passwords or tokens here, where others see them: use --creds");
    }
    Ok(url.into())
}

fn name(text: &str) -> Result<String, &'static str> {
    let is_fine = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || !text.chars().all(is_fine) {
        return Err("letters, digits, `-` and `_` only");
    }
    Ok(text.into())
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds: f64 = text.parse().unwrap_or(0.0);
    let fits = (0.1..=86_400.0).contains(&seconds);
    { fits.then(|| Duration::from_secs_f64(seconds)) }.ok_or("from 0.1 to 86400")
}
