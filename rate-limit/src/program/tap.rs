//! Lets lines through, each in its turn.

use std::io::{BufReader, ErrorKind, Read, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Context;
use common::{streams, timeline};
use rate_limit::token_bucket::TokenBucket;

/// How much delay by long sleeps and slow writes is made up for. Sleeps take too long by a few ms
/// at worst; a reader that stood still for an hour must not get the lines of an hour at once.
const CATCH_UP: Duration = Duration::from_millis(100);

/// How much is read at once, and about how much written: as much as a pipe holds.
const BLOCK: usize = 64 << 10;

/// Where the lines go, and when.
#[derive(Debug)]
pub(crate) struct Tap<Out> {
    turns: Turns,
    /// As late as it needs to be known: after each wait, of whatever kind.
    now: Instant,
    /// What has passed, until it is written: before each wait.
    passed: Vec<u8>,
    out: Out,
}

impl<Out: Write> Tap<Out> {
    pub(crate) fn new(bucket: TokenBucket, start: Instant, out: Out) -> Self {
        Self {
            turns: Turns {
                bucket,
                turn: start,
                came: start,
            },
            now: start,
            passed: Vec::new(),
            out,
        }
    }

    /// Passes the lines of `input` as they are, and returns how many there were. `path` is for the
    /// complaint.
    pub(crate) fn pass(&mut self, input: impl Read, path: &Path) -> anyhow::Result<u64> {
        let mut input = BufReader::with_capacity(BLOCK, input);
        let mut count = 0;
        // How many bytes of whole lines have been read and not passed. Counted once for all of them.
        let mut there = 0;
        loop {
            let may_wait = there == 0;
            if may_wait || self.passed.len() >= BLOCK {
                self.write(self.passed.len())?;
            }
            let (asked, start) = (self.now, self.passed.len());
            let read = streams::read_line(&mut input, &mut self.passed);
            if may_wait {
                self.now = Instant::now();
                let newline = input.buffer().iter().rposition(|&byte| byte == b'\n');
                there = newline.map_or(0, |newline| newline + 1);
            } else {
                there -= self.passed.len() - start;
            }
            if read
                .as_ref()
                .is_err_and(|e| e.kind() == ErrorKind::OutOfMemory)
            {
                self.passed.truncate(start);
            }
            let is_line = self.passed.len() > start;
            // What came before an error is passed, too.
            if is_line {
                self.wait(asked, start)?;
                count += 1;
                timeline::mark(count);
                tracing::debug!("line {count}: {:.0?} late", self.turns.turn.elapsed());
            }
            if read.is_err() || !is_line {
                self.write(self.passed.len())?;
                read.with_context(|| format!("{path:?}"))?;
                return Ok(count);
            }
        }
    }

    /// Waits for the turn of the line that begins at `start`.
    fn wait(&mut self, asked: Instant, start: usize) -> anyhow::Result<()> {
        let turn = self.turns.next(asked, self.now);
        if turn > self.now {
            self.now = Instant::now();
        }
        if turn > self.now {
            self.write(start)?;
            let _wait = timeline::waits();
            sleep_until(turn);
            self.now = Instant::now();
        }
        Ok(())
    }

    /// Writes the first bytes of what has passed.
    fn write(&mut self, bytes: usize) -> anyhow::Result<()> {
        let written = self.out.write_all(&self.passed[..bytes]);
        let written = written.and_then(|()| self.out.flush());
        written.context("cannot write to standard output")?;
        self.passed.drain(..bytes);
        self.now = Instant::now();
        Ok(())
    }
}

pub(crate) fn sleep_until(time: Instant) {
    #[expect(
        clippy::disallowed_methods,
        reason = "the wait is what the user asked for"
    )]
    thread::sleep(time.saturating_duration_since(Instant::now()));
}

/// When each line is to go.
#[derive(Debug)]
struct Turns {
    bucket: TokenBucket,
    /// That of the line before.
    turn: Instant,
    /// When that was there.
    came: Instant,
}

impl Turns {
    /// The turn of a line that was asked for at `asked`, and there at `came`.
    fn next(&mut self, asked: Instant, came: Instant) -> Instant {
        // Once for all lines that came together: there may be millions of them.
        if came != self.came {
            self.came = came;
            // The line before went late, and this one must not: it is treated as if it had come by
            // as much earlier. Not so when there was no line for as long: then nobody has waited.
            let passed = came.saturating_duration_since(self.turn);
            let paused = came.saturating_duration_since(asked);
            let late = passed.saturating_sub(paused).saturating_sub(paused);
            self.turn += passed.saturating_sub(late.min(CATCH_UP));
        }
        // Waits are exact: this asks twice at most.
        while let Err(wait) = self.bucket.try_take(self.turn) {
            self.turn += wait;
        }
        self.turn
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// At 1,000 lines per second.
    fn turns(burst: u32) -> (Turns, Instant) {
        let start = Instant::now();
        let bucket = TokenBucket::new(MS, burst, start);
        let (turn, came) = (start, start);
        (Turns { bucket, turn, came }, start)
    }

    #[test]
    fn lines_that_need_not_wait_are_written_in_blocks() {
        /// Counts the writes, and what they write.
        struct Writes(usize, usize);

        impl Write for Writes {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                (self.0, self.1) = (self.0 + 1, self.1 + bytes.len());
                Ok(bytes.len())
            }

            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }

        let start = Instant::now();
        let lines = b"a line\n".repeat(100_000);
        let bucket = TokenBucket::new(MS, 100_000, start);
        let mut tap = Tap::new(bucket, start, Writes(0, 0));
        let passed = tap.pass(&lines[..], Path::new("f")).unwrap();
        assert_eq!((passed, tap.out.1), (100_000, lines.len()));
        assert!(tap.out.0 < 100, "{}", tap.out.0);
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
