//! Sends the lines of an input as requests, many of them ahead of the answers, and prints the
//! answers in the order of the lines.

use std::collections::{HashMap, VecDeque};
use std::fmt::Arguments;
use std::io::{self, BufRead, BufReader, BufWriter, ErrorKind, Read, Write};
use std::path::Path;

use anyhow::Context;
use common::streams::read_line;
use common::timeline::{mark, waits};
use request_response::pipelined::Client;

use crate::program::store::{Answer, Request, TOO_LONG};

/// This much is read at once, and answered before more is read: that bounds the memory, however
/// long the input.
const BLOCK: usize = 64 << 10;

const CANNOT_WRITE: &str = "cannot write to standard output";

#[derive(Debug)]
pub(crate) struct Session<Out: Write> {
    client: Client<Request, Answer>,
    out: BufWriter<Out>,
    /// What to print next, in the order of the lines: the answer to the request with that number,
    /// or that the line was malformed.
    turns: VecDeque<Option<u64>>,
    /// Answers that came before their turn.
    early: HashMap<u64, Answer>,
}

impl<Out: Write> Session<Out> {
    pub(crate) fn new(client: Client<Request, Answer>, out: Out) -> Self {
        Self {
            client,
            out: BufWriter::with_capacity(BLOCK, out),
            turns: VecDeque::new(),
            early: HashMap::new(),
        }
    }

    /// Answers all lines of the input, which errors call `name`. Complains about malformed ones, and
    /// returns how many there were.
    pub(crate) fn run(
        mut self,
        input: impl Read,
        name: &Path,
        complain: impl Fn(Arguments<'_>),
    ) -> anyhow::Result<u64> {
        let mut input = BufReader::with_capacity(BLOCK, input);
        let (mut line, mut malformed) = (Vec::new(), 0);
        for number in 1_u64.. {
            // The next read may have to wait: perhaps for a user who waits for these answers.
            if !input.buffer().contains(&b'\n') {
                self.settle()?;
            }
            let request = next_request(&mut input, &mut line, number == 1);
            let Some(request) = request.with_context(|| format!("{name:?}"))? else {
                break;
            };
            match request {
                Ok(request) => self.ask(request)?,
                Err(reason) => {
                    malformed += 1;
                    complain(format_args!("line {number}: {reason}"));
                    self.turns.push_back(None);
                }
            }
        }
        Ok(malformed)
    }

    /// Sends a request. At the limit of those in flight, it takes an answer first.
    fn ask(&mut self, request: Request) -> anyhow::Result<()> {
        if self.client.is_full() {
            self.receive()?;
        }
        mark(request.verb());
        self.turns.push_back(Some(self.client.send(request)?));
        Ok(())
    }

    /// Takes and prints all answers that are in flight.
    fn settle(&mut self) -> anyhow::Result<()> {
        while self.receive()? {}
        self.print_turns()
            .and_then(|()| self.out.flush())
            .context(CANNOT_WRITE)
    }

    /// Takes an answer, and prints what can be printed then. False when there is none to come.
    fn receive(&mut self) -> anyhow::Result<bool> {
        let wait = waits();
        let Some((number, answer)) = self.client.receive() else {
            return Ok(false);
        };
        drop(wait);
        let answer = answer.context("the store failed")?;
        self.early.insert(number, answer);
        self.print_turns().context(CANNOT_WRITE)?;
        Ok(true)
    }

    /// Prints what can be printed now: a line waits until all before it are printed.
    fn print_turns(&mut self) -> io::Result<()> {
        while let Some(turn) = self.turns.front() {
            match turn {
                None => self.out.write_all(b"error\n")?,
                Some(number) => match self.early.remove(number) {
                    Some(answer) => answer.print(&mut self.out)?,
                    None => break,
                },
            }
            self.turns.pop_front();
        }
        Ok(())
    }
}

/// The next line of `input`, or what is wrong with it; `None` at the end. `line` is reused.
fn next_request(
    input: &mut impl BufRead,
    line: &mut Vec<u8>,
    is_first: bool,
) -> io::Result<Option<Result<Request, &'static str>>> {
    line.clear();
    match read_line(input, line) {
        Err(error) if error.kind() == ErrorKind::OutOfMemory => {
            *line = Vec::new(); // Others need the memory.
            input.skip_until(b'\n')?;
            return Ok(Some(Err(TOO_LONG)));
        }
        read => read?,
    }
    if line.is_empty() {
        return Ok(None);
    }
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    // Some editors begin a file with a byte order mark.
    let mark = text.strip_prefix("\u{feff}".as_bytes());
    let text = mark.filter(|_| is_first).unwrap_or(text);
    Ok(Some(Request::parse(text)))
}

#[cfg(test)]
mod tests {
    use request_response::pipelined::{self, ReplyTo};

    use super::*;

    #[test]
    fn answers_are_printed_in_the_order_of_the_lines() {
        // Answers in the wrong order: as soon as it has three requests, the last one first.
        let backwards = |held: &mut Vec<_>, request, reply_to: ReplyTo<Answer>| {
            held.push((request, reply_to));
            if held.len() == 3 {
                for (request, reply_to) in held.drain(..).rev() {
                    let Request::Get(key) = request else {
                        panic!("only GET is asked");
                    };
                    reply_to.send(Answer::Value(key.into()));
                }
            }
        };
        let (client, server) = pipelined::start(Vec::new(), 4, backwards).unwrap();
        let input = "GET a\nnonsense\nGET b\nGET c\nGET d\nGET e\nnonsense\nnonsense\nGET f\n";
        let mut out = Vec::new();
        let session = Session::new(client, &mut out);
        let malformed = session.run(input.as_bytes(), Path::new("-"), |_| ());
        assert_eq!(malformed.unwrap(), 3);
        assert!(server.join().unwrap().is_empty());
        let expected =
            "value a\nerror\nvalue b\nvalue c\nvalue d\nvalue e\nerror\nerror\nvalue f\n";
        assert_eq!(
            out.escape_ascii().to_string(),
            expected.escape_default().to_string()
        );
    }
}
