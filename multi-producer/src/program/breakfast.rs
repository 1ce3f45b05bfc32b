//! What is shown when there is nothing to merge: three cooks make breakfast.

use std::io::Write;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::{streams, timeline};
use multi_producer::merge::merge;

use crate::program::source::Source;

pub(crate) const LOOK: &str = "\
Main serves whatever is ready next. The table has room for one plate: a
cook who finds it full waits (...) until main has taken that.";

/// What each makes, and how long each piece of it takes, in milliseconds.
const COOKS: [(&str, &[u64]); 3] = [
    ("tea", &[330, 380, 330]),
    ("toast", &[130, 130, 130, 130]),
    ("eggs", &[240, 240, 300]),
];

/// How long main takes for each.
const CARRY: u64 = 140;

/// Room on the table.
const CAPACITY: usize = 1;

pub(crate) fn breakfast() -> anyhow::Result<()> {
    writeln!(streams::stdout()?, "Three cooks make breakfast …\n")
        .context("cannot write to standard output")?;
    let cooks = COOKS.map(|(dish, pieces)| {
        let plates = pieces.iter().map(move |&takes| {
            work(dish, takes);
            dish
        });
        Source(Box::new(plates))
    });
    thread::scope(|scope| merge(scope, cooks, CAPACITY).for_each(|dish| work(dish, CARRY)));
    Ok(())
}

fn work(dish: &str, takes: u64) {
    let _block = timeline::at_work(dish);
    #[expect(clippy::disallowed_methods, reason = "stands for work")]
    thread::sleep(Duration::from_millis(takes));
}
