//! What `failure` promises.

use std::error::Error;
use std::num::ParseIntError;
use std::panic::{catch_unwind, panic_any, resume_unwind};
use std::thread;
use std::{fmt, io};

use errors::failure::{Failure, flatten};
use testkit::panic_of;

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
    for run in ways {
        assert!(matches!(run("7"), Ok(7)));
        let Err(Failure::Failed(error)) = run("seven") else {
            panic!("it is no number")
        };
        assert_eq!(Err(error), "seven".parse::<u8>());
        let Err(Failure::Panicked { message, .. }) = run("") else {
            panic!("it panics")
        };
        assert_eq!(message, "no text");
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
    assert_eq!(
        message(|| panic_any("of any type".to_string())),
        "panicked: of any type"
    );
    assert_eq!(message(|| panic_any(7)), "panicked: without a message");
    let index = message(|| {
        let empty: Vec<u8> = Vec::new();
        drop(empty[9..].to_vec());
    });
    assert!(
        index.starts_with("panicked: range start index 9"),
        "{index}"
    );
}

#[test]
fn a_panic_can_be_raised_again() {
    let ended = thread::spawn(|| -> Result<(), io::Error> { panic_any(vec![1, 2]) }).join();
    let Err(Failure::Panicked { payload, .. }) = flatten(ended) else {
        panic!("it has panicked")
    };
    let raised = catch_unwind(|| resume_unwind(payload.into_inner().unwrap()));
    assert_eq!(raised.unwrap_err().downcast_ref(), Some(&vec![1, 2]));
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

#[test]
fn a_scope_alone_loses_the_message() {
    // Why to join by hand, in a scope too.
    let message = panic_of(|| thread::scope(|scope| drop(scope.spawn(|| panic!("the reason")))));
    assert_eq!(message, "a scoped thread panicked");
}
