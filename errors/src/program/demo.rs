//! Errors on several threads: one that is gone at a later try, and one that stops them all.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::io::Write;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::timeline::{at_work, waits};
use errors::first_error::try_for_each;
use errors::retry::{growing, retry};

/// What to see in the drawing.
pub(crate) const LOOK: &str = "\
Item 1 is tried again after pauses that grow, until it succeeds. Item 7 fails
for good: what others have begun they finish, and nobody begins another item.";

/// How to give the program real work.
pub(crate) const MORE: &str = "\
What each operation of a channel gives back: cargo run -p errors -- --table";

/// Begins as many items as it can before one of them fails, and says what became of them.
pub(crate) fn run() -> anyhow::Result<()> {
    let ended = try_for_each(0..20, 3, |item| {
        let (mut tries, wait, (_stop_tx, stop_rx)) = (0, Cell::new(None), channel());
        let pauses = growing(Duration::from_millis(180), Duration::MAX, || 1.).take(3);
        let pauses = pauses.inspect(|_| wait.set(Some(waits())));
        retry(
            pauses,
            &stop_rx,
            |error| *error == Failure::Busy,
            || {
                drop(wait.take()); // The pause is over.
                tries += 1;
                work(item, tries)
            },
        )
    });
    let Err(first) = ended else {
        anyhow::bail!("item 7 has not failed");
    };
    writeln!(common::streams::stdout()?, "{first}: {}\n", first.error)
        .context("cannot write to standard output")
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn work(item: u32, tries: u32) -> Result<(), Failure> {
    let (name, time, result) = match (item, tries) {
        (1, 1 | 2) => ("busy", 150, Err(Failure::Busy)),
        (7, _) => ("fails", 150, Err(Failure::Refused)),
        _ => ("", 250, Ok(())),
    };
    let _block = at_work(format!("{item} {name}").trim_end());
    thread::sleep(Duration::from_millis(time));
    result
}

#[derive(Debug, PartialEq, Eq)]
enum Failure {
    Busy,
    Refused,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "busy",
            Self::Refused => "refused",
        })
    }
}

impl Error for Failure {}
