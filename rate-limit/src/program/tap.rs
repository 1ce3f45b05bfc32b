//! Lets lines through, each in its turn.

use std::io::{BufRead, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use rate_limit::token_bucket::TokenBucket;

/// How much delay by long sleeps and slow writes is made up for. Sleeps take too long by a few ms
/// at worst; a reader that stood still for an hour must not get the lines of an hour at once.
const CATCH_UP: Duration = Duration::from_millis(100);

/// Where the lines go, and when.
#[derive(Debug)]
pub(crate) struct Tap<Out> {
    turns: Turns,
    out: Out,
}

impl<Out: Write> Tap<Out> {
    pub(crate) fn new(bucket: TokenBucket, start: Instant, out: Out) -> Self {
        let turns = Turns {
            bucket,
            turn: start,
        };
        Self { turns, out }
    }

    /// Passes the lines of `input` as they are, and returns how many there were. `path` is for the
    /// complaint.
    pub(crate) fn pass(&mut self, mut input: impl BufRead, path: &Path) -> anyhow::Result<u64> {
        let mut line = Vec::new();
        let mut count = 0;
        loop {
            line.clear();
            let asked = Instant::now();
            let read = input.read_until(b'\n', &mut line);
            // What came before an error is passed, too.
            if !line.is_empty() {
                wait_until(self.turns.next(asked, Instant::now()));
                let written = self.out.write_all(&line).and_then(|()| self.out.flush());
                written.context("cannot write to standard output")?;
                count += 1;
                tracing::debug!("line {count}: {:.0?} late", self.turns.turn.elapsed());
            }
            if read.with_context(|| format!("{path:?}"))? == 0 {
                return Ok(count);
            }
        }
    }
}

fn wait_until(turn: Instant) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the wait is what the user asked for"
    )]
    thread::sleep(turn.saturating_duration_since(Instant::now()));
}

/// When each line is to go.
#[derive(Debug)]
struct Turns {
    bucket: TokenBucket,
    /// That of the line before.
    turn: Instant,
}

impl Turns {
    /// The turn of a line that was asked for at `asked`, and there at `came`.
    fn next(&mut self, asked: Instant, came: Instant) -> Instant {
        // The line before went late, and this one must not: it is treated as if it had come by as
        // much earlier. Not so when there was no line for as long: then nobody has waited.
        let late = asked.saturating_duration_since(self.turn);
        let late = late.saturating_sub(came.saturating_duration_since(asked));
        let passed = came.saturating_duration_since(self.turn);
        self.turn += passed.saturating_sub(late.min(CATCH_UP));
        // Waits are exact: this asks twice at most.
        while let Err(wait) = self.bucket.try_take(self.turn) {
            self.turn += wait;
        }
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// At 1,000 lines per second.
    fn turns(burst: u32) -> (Turns, Instant) {
        let start = Instant::now();
        let bucket = TokenBucket::new(MS, burst, start);
        let turn = start;
        (Turns { bucket, turn }, start)
    }

    #[test]
    fn late_lines_keep_the_rate() {
        let (mut turns, start) = turns(1);
        let mut now = start;
        for n in 0..10_000 {
            let turn = turns.next(now, now);
            assert_eq!(turn, start + MS * n);
            // Each is written late, some by many periods.
            now = now.max(turn) + Duration::from_micros(60);
            if n % 100 == 50 {
                now += 20 * MS;
            }
        }
    }

    #[test]
    fn after_a_stall_no_more_than_the_limit_is_made_up_for() {
        let (mut turns, start) = turns(1);
        let now = start + 3_600_000 * MS;
        let at_once = (0..10_000).take_while(|_| turns.next(now, now) <= now);
        assert_eq!(at_once.count(), 101);
    }

    #[test]
    fn after_a_pause_of_the_input_a_burst_goes_at_once() {
        for burst in [1, 7] {
            let (mut turns, start) = turns(burst);
            let came = start + 3_600_000 * MS;
            assert_eq!(turns.next(start, came), came);
            let at_once = (0..100).take_while(|_| turns.next(came, came) <= came);
            assert_eq!(at_once.count() + 1, burst as usize);
        }
    }

    #[test]
    fn a_pause_of_the_input_makes_up_for_a_late_line() {
        let (mut turns, start) = turns(1);
        turns.next(start, start);
        let asked = start + 50 * MS;
        // Half of the delay is left: the line is treated as if it had come 25 ms earlier.
        let came = asked + 25 * MS;
        assert_eq!(turns.next(asked, came), asked);
        // Nothing is left of it.
        let asked = came + 10 * MS;
        let came = asked + 1_000 * MS;
        assert_eq!(turns.next(asked, came), came);
    }

    #[test]
    fn a_line_that_comes_early_waits() {
        let (mut turns, start) = turns(1);
        assert_eq!(turns.next(start, start), start);
        let came = start + MS / 4;
        assert_eq!(turns.next(start, came), start + MS);
    }
}
