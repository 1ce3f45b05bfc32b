//! What `failure` promises:
//! - value, error and panic are told apart, for a thread and for a caught job:
//!   `every_end_of_a_thread_is_a_result`
//! - the message of a panic is kept, where it has one: `a_panic_keeps_its_message`
//! - it goes through `?`, and the error is shown as it was: `a_question_mark_takes_it`

use std::error::Error;
use std::num::ParseIntError;
use std::panic::{catch_unwind, panic_any};
use std::thread;
use std::{fmt, io};

use errors::failure::{Failure, flatten};

fn body(text: &str) -> Result<u8, ParseIntError> {
    assert!(!text.is_empty(), "no text");
    text.parse()
}

#[test]
fn every_end_of_a_thread_is_a_result() {
    type Run = fn(&'static str) -> Result<u8, Failure<ParseIntError>>;
    let ways: [Run; 3] = [
        |text| flatten(thread::spawn(move || body(text)).join()),
        |text| thread::scope(|scope| flatten(scope.spawn(|| body(text)).join())),
        |text| flatten(catch_unwind(|| body(text))),
    ];
    let error = "seven".parse::<u8>().unwrap_err();
    for run in ways {
        assert_eq!(run("7"), Ok(7));
        assert_eq!(run("seven"), Err(Failure::Failed(error.clone())));
        assert_eq!(run(""), Err(Failure::Panicked("no text".into())));
    }
}

#[test]
fn a_panic_keeps_its_message() {
    let message = |body: fn()| {
        let ended = catch_unwind(|| {
            body();
            Ok::<_, io::Error>(())
        });
        flatten(ended).unwrap_err().to_string()
    };
    assert_eq!(message(|| panic!("a literal")), "panicked: a literal");
    assert_eq!(message(|| panic!("{} and {}", 1, 2)), "panicked: 1 and 2");
    let owned = message(|| panic_any("of any type".to_string()));
    assert_eq!(owned, "panicked: of any type");
    assert_eq!(message(|| panic_any(7)), "panicked: without a message");
}

#[derive(Debug)]
struct Outer(io::Error);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn a_question_mark_takes_it() {
    fn run(body: fn() -> Result<(), Outer>) -> anyhow::Result<()> {
        Ok(flatten(thread::spawn(body).join())?)
    }
    assert!(run(|| Ok(())).is_ok());
    // The error is as it was, with what is behind it.
    let failed = run(|| Err(Outer(io::Error::other("inner")))).unwrap_err();
    assert_eq!(format!("{failed:#}"), "outer: inner");
    let panicked = run(|| panic!("out of luck")).unwrap_err();
    assert_eq!(format!("{panicked:#}"), "panicked: out of luck");
}
