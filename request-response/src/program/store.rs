//! What the server does: reads requests, and answers them.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use common::timeline::at_work;
use request_response::pipelined::ReplyTo;

/// Shared by the store and the answers, so that many of these do not copy a long value.
/// (A slice in place of the `Vec` could not be made without an abort where memory is short.)
pub(crate) type Value = Arc<Vec<u8>>;

/// Why a line is not taken.
pub(crate) const TOO_LONG: &str = "it does not fit into memory";

/// A line of input. Keys are bytes other than space and newline, values are bytes other than
/// newline.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Get(Vec<u8>),
    Set(Vec<u8>, Value),
    Delete(Vec<u8>),
}

impl Request {
    /// Reads a line, given without its end. The error is what is wrong with it.
    pub(crate) fn parse(line: &[u8]) -> Result<Self, &'static str> {
        let (verb, rest) = split_at_space(line).unwrap_or((line, b""));
        let is = |name: &[u8]| verb.eq_ignore_ascii_case(name);
        if is(b"GET") {
            key(rest).map(Self::Get)
        } else if is(b"DEL") {
            key(rest).map(Self::Delete)
        } else if is(b"SET") {
            let (name, value) = split_at_space(rest).ok_or("SET takes a key and a value")?;
            Ok(Self::Set(key(name)?, copy(value)?.into()))
        } else {
            Err("neither GET key, nor SET key value, nor DEL key")
        }
    }

    pub(crate) fn verb(&self) -> &'static str {
        match self {
            Self::Get(_) => "GET",
            Self::Set(..) => "SET",
            Self::Delete(_) => "DEL",
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = self.verb();
        match self {
            Self::Get(key) | Self::Delete(key) => write!(f, "{verb} {}", key.escape_ascii()),
            Self::Set(key, value) => {
                write!(f, "{verb} {} {}", key.escape_ascii(), value.escape_ascii())
            }
        }
    }
}

fn key(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    if text.is_empty() {
        return Err("the key is missing");
    }
    if text.contains(&b' ') {
        return Err("a key has no spaces");
    }
    copy(text)
}

/// As `to_vec`, but for what it does where memory is short.
fn copy(text: &[u8]) -> Result<Vec<u8>, &'static str> {
    let mut copy = Vec::new();
    let room = copy.try_reserve_exact(text.len());
    room.map_err(|_| TOO_LONG)?;
    copy.extend_from_slice(text);
    Ok(copy)
}

fn split_at_space(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let space = text.iter().position(|&byte| byte == b' ')?;
    Some((&text[..space], &text[space + 1..]))
}

/// A line of output.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Value(Value),
    NotFound,
    Done,
}

impl Answer {
    /// No two answers print alike: only a value is behind the word `value`.
    pub(crate) fn print(&self, mut out: impl Write) -> io::Result<()> {
        match self {
            Self::Value(value) => {
                out.write_all(b"value ")?;
                out.write_all(value)?;
                out.write_all(b"\n")
            }
            Self::NotFound => out.write_all(b"not found\n"),
            Self::Done => out.write_all(b"ok\n"),
        }
    }
}

/// Owned by the server's thread.
#[derive(Debug, Default)]
pub(crate) struct Store {
    entries: HashMap<Vec<u8>, Value>,
}

impl Store {
    pub(crate) fn answer(&mut self, request: Request, reply_to: ReplyTo<Answer>) {
        let _block = at_work(request.verb());
        tracing::debug!("{request}");
        reply_to.send(self.apply(request));
    }

    fn apply(&mut self, request: Request) -> Answer {
        match request {
            Request::Get(key) => match self.entries.get(&key) {
                Some(value) => Answer::Value(Arc::clone(value)),
                None => Answer::NotFound,
            },
            Request::Set(key, value) => {
                self.entries.insert(key, value);
                Answer::Done
            }
            Request::Delete(key) => match self.entries.remove(&key) {
                Some(_) => Answer::Done,
                None => Answer::NotFound,
            },
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}
