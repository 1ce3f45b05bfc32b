//! What the program does where it is given nothing to count.

use std::fmt::Display;
use std::io::Write;
use std::sync::mpsc::sync_channel;
use std::thread::{self, Builder};
use std::time::Duration;

use anyhow::Context;
use common::timeline::{at_work, mark, waits};
use fan_out_fan_in::ordered;

pub(crate) const LOOK: &str = "d takes long: e to h are done and wait for their turn.\nMeanwhile the feeder waits for room (dots).";
pub(crate) const MORE: &str =
    "Now count: cargo run -p fan-out-fan-in -- --timeline README.md common/src";

/// Three workers, and at most five items between the feeder and main.
pub(crate) fn run() -> anyhow::Result<()> {
    let mut out = common::streams::stdout()?;
    let mut print = |text: &dyn Display| {
        let printed = write!(out, "{text}").and_then(|()| out.flush());
        printed.context("cannot write to standard output")
    };
    thread::scope(|scope| {
        let (item_tx, item_rx) = sync_channel(1);
        let feeder = move || {
            for item in 'a'..='l' {
                stands_for_work(30);
                let waits = waits();
                if item_tx.send(item).is_err() {
                    break; // Main has stopped.
                }
                drop(waits);
                mark(item);
            }
        };
        let thread = Builder::new().name("feeder".into());
        thread.spawn_scoped(scope, feeder)?;
        print(&"in order:")?;
        let work = |item| {
            let _block = at_work(item);
            stands_for_work(if item == 'd' { 500 } else { 130 });
            item
        };
        for item in ordered::fan_out(scope, item_rx, 3, 2, work) {
            mark(item);
            print(&format_args!(" {item}"))?;
            stands_for_work(40);
        }
        print(&"\n")
    })
}

#[expect(clippy::disallowed_methods, reason = "stands for work")]
fn stands_for_work(millis: u64) {
    thread::sleep(Duration::from_millis(millis));
}
