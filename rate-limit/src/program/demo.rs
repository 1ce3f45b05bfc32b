//! What is shown when there is nothing to pass: two limits, and the same items for both.

use std::io::Write;
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, Builder, Scope};
use std::time::{Duration, Instant};

use anyhow::Context;
use common::{streams, timeline};
use rate_limit::paced::Pace;
use rate_limit::token_bucket::TokenBucket;

use crate::program::tap::sleep_until;

pub(crate) const LOOK: &str = "\
Five items come, then three. paced keeps them 190 ms apart; bucket saves up to
three turns while none comes, and lets these through at once. Dots: it waits.";

const PERIOD: Duration = Duration::from_millis(190);
const BURST: u32 = 3;

/// How late a sleep may be, and the pace is still kept.
const CATCH_UP: Duration = Duration::from_millis(10);

/// When each item comes, and how long work takes, in milliseconds.
const ITEMS: [u64; 8] = [0, 60, 120, 180, 240, 950, 1010, 1070];
const WORK: u64 = 60;

pub(crate) fn demo() -> anyhow::Result<()> {
    writeln!(
        streams::stdout()?,
        "Two limits, and the same items for both …\n"
    )
    .context("cannot write to standard output")?;
    let start = Instant::now();
    let mut pace = Pace::new(PERIOD, CATCH_UP, start);
    let mut tokens = TokenBucket::new(PERIOD, BURST, start);
    thread::scope(|scope| {
        let paced = limited(scope, "paced", move |now| pace.next_turn(now));
        let bucket = limited(scope, "bucket", move |now| {
            let mut turn = now;
            while let Err(wait) = tokens.try_take(turn) {
                turn += wait;
            }
            turn
        });
        for (came, item) in ITEMS.into_iter().zip(1..) {
            sleep_until(start + Duration::from_millis(came));
            timeline::mark(item);
            for item_tx in [&paced, &bucket] {
                item_tx
                    .send(item)
                    .expect("it takes items until we are gone");
            }
        }
    });
    Ok(())
}

/// A thread that works on each item when it is its turn.
fn limited<'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    mut next_turn: impl FnMut(Instant) -> Instant + Send + 'scope,
) -> Sender<u32> {
    let (item_tx, item_rx) = channel();
    let body = move || {
        for item in item_rx {
            let turn = next_turn(Instant::now());
            let wait = timeline::waits();
            sleep_until(turn);
            drop(wait);
            work(item);
        }
    };
    let thread = Builder::new().name(name.into()).spawn_scoped(scope, body);
    thread.expect("the system has a thread left");
    item_tx
}

fn work(item: u32) {
    let _block = timeline::at_work(item);
    #[expect(clippy::disallowed_methods, reason = "stands for work")]
    thread::sleep(Duration::from_millis(WORK));
}
