//! For tests: what those of this workspace share. What goes wrong here is a test that fails, and so
//! all of it panics.

use std::ffi::OsStr;
use std::io::{ErrorKind, Read};
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crate::within;

/// A bound for failure: no test takes nearly as long.
pub const LIMIT: Duration = Duration::from_secs(10);

/// `n`, where a pattern takes no zero.
///
/// # Panics
///
/// When `n` is 0.
#[track_caller]
pub fn count(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a test asks for one or more")
}

/// The message of the panic that `body` must end with.
///
/// # Panics
///
/// When `body` returns, or panics with something that is no text.
#[track_caller]
pub fn panic_of<T>(body: impl FnOnce() -> T) -> String {
    outcome(body).err().expect("it must panic")
}

/// What `body` returns, or the message of its panic.
///
/// # Errors
///
/// When `body` panics.
///
/// # Panics
///
/// When `body` panics with something that is no text.
#[track_caller]
pub fn outcome<T>(body: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(body)).map_err(|payload| match payload.downcast::<String>() {
        Ok(message) => *message,
        Err(payload) => (*payload.downcast_ref::<&str>().expect("a message")).to_string(),
    })
}

/// Counts the items that it has handed out, and those of them that are no more. Clones count
/// together.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    handed_out: Arc<AtomicUsize>,
    dropped: Arc<AtomicUsize>,
}

impl Ledger {
    /// An item that is seen when it goes.
    pub fn item(&self, number: usize) -> Tracked {
        self.handed_out.fetch_add(1, SeqCst);
        Tracked {
            number,
            dropped: Arc::clone(&self.dropped),
        }
    }

    /// Items without end, numbered from 0, each of which is handed out when it is asked for.
    pub fn items(&self) -> impl Iterator<Item = Tracked> + Send + use<> {
        let ledger = self.clone();
        (0..).map(move |number| ledger.item(number))
    }

    /// How many items there have been.
    pub fn handed_out(&self) -> usize {
        self.handed_out.load(SeqCst)
    }

    /// How many of them are no more.
    pub fn dropped(&self) -> usize {
        self.dropped.load(SeqCst)
    }

    /// How many of them still are somewhere: in a queue, in a thread, in hand.
    pub fn alive(&self) -> usize {
        // In this order: an item that goes between the two is counted as alive, never the reverse.
        let dropped = self.dropped();
        self.handed_out() - dropped
    }

    /// What was handed out is no more: nothing is left behind, in a queue or in a thread.
    ///
    /// # Panics
    ///
    /// When an item is alive.
    #[track_caller]
    pub fn assert_all_dropped(&self) {
        assert_eq!(self.alive(), 0, "items are left behind");
    }
}

/// An item of a [`Ledger`]. It cannot be cloned.
#[derive(Debug)]
pub struct Tracked {
    /// Its place among the items that were handed out with it.
    pub number: usize,
    dropped: Arc<AtomicUsize>,
}

impl Drop for Tracked {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, SeqCst);
    }
}

/// How many items have been handed out, and how many of them were taken. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Lead {
    handed_out: Arc<AtomicUsize>,
    taken: Arc<AtomicUsize>,
}

impl Lead {
    /// The numbers up to `end`, each handed out when it is asked for.
    ///
    /// # Panics
    ///
    /// In `next`, when more than `limit` have been handed out, by all iterators together, and not
    /// yet taken.
    pub fn limited(&self, end: usize, limit: usize) -> impl Iterator<Item = usize> + Send + use<> {
        let lead = self.clone();
        (0..end).inspect(move |_| {
            let ahead = lead.hand_out();
            assert!(
                ahead <= limit,
                "{ahead} items ahead, where {limit} are promised"
            );
        })
    }

    /// Counts one that is handed out, and returns how many are not yet taken.
    pub fn hand_out(&self) -> usize {
        let handed_out = self.handed_out.fetch_add(1, SeqCst) + 1;
        // More may have been taken: by others before this look, or where taking is counted first.
        handed_out.saturating_sub(self.taken.load(SeqCst))
    }

    /// Counts one that is taken.
    pub fn take(&self) {
        self.taken.fetch_add(1, SeqCst);
    }
}

/// A command that runs `program` without a log and without input, and keeps what it prints.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.env("RUST_LOG", "off").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs `command`, with the streams that it has, to its end.
///
/// # Panics
///
/// When it cannot start, or does not end within [`LIMIT`].
#[track_caller]
pub fn run(command: &mut Command) -> Output {
    Running::start(command).end()
}

/// A process that is killed when the test is over, however that ends. A test may take its pipes.
#[derive(Debug)]
pub struct Running(pub Child);

impl Running {
    /// Starts `command`, with the streams that it has.
    ///
    /// # Panics
    ///
    /// When it cannot start.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        loop {
            match command.spawn() {
                // A test has just written the program, and a process that another test starts at
                // this moment still holds it open.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::yield_now(),
                child => return Self(child.expect("the command starts")),
            }
        }
    }

    /// How it ends, and what it prints until then, where the test has not taken the pipe.
    ///
    /// # Panics
    ///
    /// When it does not end within [`LIMIT`].
    #[track_caller]
    pub fn end(self) -> Output {
        self.end_within(LIMIT)
    }

    #[track_caller]
    fn end_within(mut self, limit: Duration) -> Output {
        let deadline = Instant::now() + limit;
        let (stdout, stderr) = (self.0.stdout.take(), self.0.stderr.take());
        let (stdout, stderr) = within(limit, || {
            let stderr = thread::spawn(|| rest(stderr));
            (rest(stdout), stderr.join().expect("it can be read"))
        });
        // As a rule, that was the end. But it may close its streams and go on, or have no pipes.
        let status = loop {
            if let Some(status) = self.0.try_wait().expect("it is a child of this process") {
                break status;
            }
            let is_over = Instant::now() > deadline;
            assert!(!is_over, "no end within {limit:?}: it hangs");
            thread::yield_now();
        };
        Output {
            status,
            stdout,
            stderr,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails when it has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is left of `pipe`; nothing where the test has taken it.
fn rest(pipe: Option<impl Read>) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut bytes).expect("it can be read");
    }
    bytes
}

#[cfg(test)]
mod tests;
