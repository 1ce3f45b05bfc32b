//! What `first_error` promises:
//! - the first error is that of a loop on one thread, and all before it is done:
//!   `the_first_error_is_that_of_a_loop`, `an_error_that_comes_later_may_be_the_first`
//! - every item that was taken is done or has failed: `the_first_error_is_that_of_a_loop`
//! - the workers work at the same time: `the_workers_work_at_the_same_time`
//! - an error stops the others: `an_error_ends_an_input_without_end`
//! - the input is never ahead of the workers: `the_input_is_never_ahead_of_the_workers`
//! - panics stop the others and reach the caller: `a_panic_in_the_work_reaches_the_caller`,
//!   `a_panic_in_the_input_reaches_the_caller`
//! - a panic goes before an error: `a_panic_goes_before_an_error`
//! - a caught panic is an error: `a_caught_panic_is_an_error`
//! - the error tells which item, and goes through `?`: `a_question_mark_takes_it`
//! - no worker, or no thread left, is a panic: `no_worker_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::io;
use std::num::ParseIntError;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, mpsc};
use std::{iter, thread};

use errors::failure::{Failure, flatten};
use errors::first_error::try_for_each;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, ROUNDS, Tracked, panic_of, within};

proptest! {
    #[test]
    fn the_first_error_is_that_of_a_loop(
        items in prop::collection::vec(prop::bool::weighted(0.9), 0..50),
        workers in 1_usize..5,
    ) {
        within(move || {
            let (mut taken, worked) = (0, Mutex::new(Vec::new()));
            let mut input = Some(items.iter().enumerate().inspect(|_| taken += 1));
            let input = iter::from_fn(|| {
                let next = input.as_mut().expect("it has not ended").next();
                next.or_else(|| { input = None; None })
            });
            let result = try_for_each(input, workers, |(number, &good)| {
                worked.lock().unwrap().push(number);
                if good { Ok(()) } else { Err(number) }
            });
            let mut worked = worked.into_inner().unwrap();
            worked.sort_unstable();
            assert_eq!(worked.len(), taken);
            let is_good = |&number: &usize| items[number];
            let (done, failed): (Vec<_>, Vec<_>) = worked.into_iter().partition(is_good);
            let Some(first) = items.iter().position(|good| !good) else {
                return assert_eq!((result.unwrap(), taken), (items.len(), items.len()));
            };
            let error = result.unwrap_err();
            assert_eq!((error.item, error.error, error.done), (first, first, done.len()));
            assert!(done.into_iter().take(first).eq(0..first));
            assert!(failed.into_iter().skip(1).map(|number| (number, number)).eq(error.others));
        });
    }
}

#[test]
fn an_error_that_comes_later_may_be_the_first() {
    within(|| {
        let (failed_tx, failed_rx) = mpsc::channel::<()>();
        let (failed_tx, failed_rx) = (Mutex::new(Some(failed_tx)), Mutex::new(failed_rx));
        // Item 0 waits until item 1 has failed.
        let work = |item| {
            if item == 0 {
                assert!(failed_rx.lock().unwrap().recv().is_err());
            } else {
                drop(failed_tx.lock().unwrap().take());
            }
            Err::<(), _>(item)
        };
        let error = try_for_each(0..2, 2, work).unwrap_err();
        assert_eq!((error.item, error.error, error.done), (0, 0, 0));
        assert_eq!(error.others, [(1, 1)]);
    });
}

#[test]
fn an_error_ends_an_input_without_end() {
    within(|| {
        for workers in 1..4 {
            let ledger = Ledger::default();
            let work = |item: Tracked| (item.number != 20).then_some(()).ok_or("bad");
            let error = try_for_each(ledger.items(), workers, work).unwrap_err();
            assert_eq!((error.item, error.error), (20, "bad"));
            assert_eq!(error.done + 1, ledger.handed_out());
            assert!(workers > 1 || error.done == 20, "{error:?}");
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let all_four = Barrier::new(4);
        let work = |_| {
            all_four.wait();
            let name = thread::current().name().map(str::to_owned);
            name.filter(|name| name.starts_with("worker-")).ok_or(())?;
            Ok::<_, ()>(())
        };
        assert_eq!(try_for_each(0..40, 4, work).unwrap(), 40);
    });
}

#[test]
fn the_input_is_never_ahead_of_the_workers() {
    within(|| {
        for workers in 1..4 {
            let lead = Lead::default();
            let work = |_| {
                lead.take();
                Ok::<_, io::Error>(())
            };
            let done = try_for_each(lead.limited(MANY, workers), workers, work);
            assert_eq!(done.unwrap(), MANY);
        }
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        for workers in 1..4 {
            let ledger = Ledger::default();
            // The input has no end.
            let work = |item: Tracked| {
                assert!(item.number != 20, "item 20 is bad");
                Ok::<_, io::Error>(())
            };
            let message = panic_of(|| try_for_each(ledger.items(), workers, work));
            assert_eq!(message, "item 20 is bad");
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        for _ in 0..ROUNDS {
            let (mut polled, done) = (0, AtomicUsize::new(0));
            let items = iter::from_fn(|| {
                polled += 1;
                assert!(polled <= 20, "no more input");
                Some(&done)
            });
            let work = |done: &AtomicUsize| Ok::<_, io::Error>(_ = done.fetch_add(1, SeqCst));
            assert_eq!(panic_of(|| try_for_each(items, 3, work)), "no more input");
            assert_eq!((polled, done.into_inner()), (21, 20));
        }
    });
}

#[test]
fn a_panic_goes_before_an_error() {
    within(|| {
        for _ in 0..ROUNDS {
            // Both are in progress when item 0 fails and item 1 panics, in any order.
            let both = Barrier::new(2);
            let work = |item| {
                both.wait();
                assert!(item != 1, "item 1 is bad");
                Err::<(), _>(item)
            };
            assert_eq!(panic_of(|| try_for_each(0..2, 2, work)), "item 1 is bad");
        }
    });
}

#[test]
fn a_caught_panic_is_an_error() {
    within(|| {
        let check = |text: &str| {
            assert!(!text.is_empty(), "no text");
            text.parse::<u8>().map(drop)
        };
        let work = |text| flatten(catch_unwind(AssertUnwindSafe(|| check(text))));
        let first = try_for_each(["1", "", "two", "3"], 2, work).unwrap_err();
        assert_eq!(first.item, 1);
        assert_eq!(first.error, Failure::Panicked("no text".into()));
    });
}

#[test]
fn a_question_mark_takes_it() {
    fn run() -> anyhow::Result<usize> {
        let check = |text: &str| text.parse::<u8>().map(drop);
        Ok(try_for_each(["1", "two"], 1, check)?)
    }
    let error = within(|| run().unwrap_err());
    assert_eq!(error.to_string(), "item 1 failed, 1 are done");
    assert!(error.root_cause().is::<ParseIntError>());
}

#[test]
fn no_worker_is_refused() {
    let message = panic_of(|| try_for_each([1], 0, |_| Ok::<_, io::Error>(())));
    assert_eq!(message, "there must be a worker");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        let ledger = Ledger::default();
        let work = |_| Ok::<_, io::Error>(());
        let (_silent_tx, silent_rx) = mpsc::channel();
        let items = silent_rx.into_iter().chain(ledger.items());
        let message = panic_of(|| try_for_each(items, 3, work));
        assert!(
            message.starts_with("the system has a thread left"),
            "{message}"
        );
        ledger.assert_all_dropped();
    }
}
