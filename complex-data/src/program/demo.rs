//! What the program does where it is given nothing to analyse.

use std::io::Write;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Context;
use common::timeline::{at_work, mark};
use complex_data::shared;

use crate::program::analyses::{ANALYSES, Analysis};

pub(crate) const LOOK: &str =
    "Three threads read each text where it is, without a copy.\nThe slowest sets the pace.";
pub(crate) const MORE: &str =
    "Now analyse a file: cargo run -p complex-data -- --timeline README.md";

/// Five texts, each read by three threads.
pub(crate) fn run() -> anyhow::Result<()> {
    let text = include_bytes!("../../../LICENSE-APACHE");
    let texts = text.chunks(text.len().div_ceil(5)).zip('A'..);
    let texts = texts.map(|(text, name)| {
        stands_for_work(30);
        mark(name);
        Arc::new((name, text.to_vec()))
    });
    let analyses = ANALYSES.iter().zip([80, 140, 220]);
    let analyses = analyses.map(|(Analysis { name, of }, millis)| {
        move |(text, bytes): &(char, Vec<u8>)| {
            let _block = at_work(format_args!("{text} {name}"));
            stands_for_work(millis);
            of(bytes).map(|value| format!("{value} {name}"))
        }
    });
    let mut out = common::streams::stdout()?;
    thread::scope(|scope| {
        for (row, name) in shared::analyse(scope, texts, 1, analyses).zip('A'..) {
            mark(name);
            let row: Vec<String> = row.into_iter().collect::<Result<_, _>>()?;
            let printed = writeln!(out, "{name}: {}", row.join(", "));
            printed.context("cannot write to standard output")?;
        }
        Ok(())
    })
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn stands_for_work(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}
