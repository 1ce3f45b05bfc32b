//! What `ordered` promises: what all that fan out do, and
//! - the order is that of the items, and the workers work at the same time:
//!   `a_slow_item_holds_back_what_is_behind_it`
//! - a result does not wait for more input: `a_result_does_not_wait_for_more_input`
//! - once the caller has stopped, the input ends before any result does:
//!   `a_caller_that_stops_early_ends_the_input_first`
//! - a panic comes in its turn: `a_panic_in_the_work_comes_in_its_turn`,
//!   `a_panic_in_the_input_comes_after_all_results`

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::{Mutex, mpsc};
use std::thread;

use fan_out_fan_in::ordered::fan_out;
use testkit::{MANY, panic_of, within};

#[path = "variants/fan_out.rs"]
mod variants;

fn ahead(workers: usize, capacity: usize) -> usize {
    capacity + workers
}

#[test]
fn a_slow_item_holds_back_what_is_behind_it() {
    within(|| {
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        // The first item is done when all others that have a place are.
        let work = |n| {
            if n == 0 {
                let done: HashSet<usize> = done_rx.lock().unwrap().iter().take(7).collect();
                assert_eq!(done, (1..8).collect());
            }
            done_tx.send(n).unwrap();
            n
        };
        let results: Vec<_> = thread::scope(|scope| fan_out(scope, 0..20, 2, 6, work).collect());
        assert!(results.into_iter().eq(0..20));
    });
}

#[test]
fn a_result_does_not_wait_for_more_input() {
    within(|| {
        let (item_tx, item_rx) = mpsc::channel();
        thread::scope(|scope| {
            let mut results = fan_out(scope, item_rx, 2, 6, |n| n);
            for n in 0..MANY {
                item_tx.send(n).unwrap();
                assert_eq!(results.next(), Some(n));
            }
            drop(item_tx);
            assert_eq!(results.next(), None);
        });
    });
}

/// Waits for the end of the input when it is dropped.
struct Lingering(mpsc::Receiver<Infallible>);

impl Drop for Lingering {
    fn drop(&mut self) {
        assert!(self.0.recv().is_err());
    }
}

#[test]
fn a_caller_that_stops_early_ends_the_input_first() {
    within(|| {
        let (input_tx, ended_rx) = mpsc::channel();
        let mut lingering = Some(Lingering(ended_rx));
        let items = (0_usize..).map(move |number| {
            let _in_use = &input_tx;
            (number, lingering.take_if(|_| number == 1))
        });
        // The first result comes when the second has: that one is held back, and has to be dropped.
        let (second_tx, second_rx) = mpsc::channel();
        let second_rx = Mutex::new(second_rx);
        let work = |(number, lingering)| {
            match number {
                0 => second_rx.lock().unwrap().recv().unwrap(),
                2 => second_tx.send(()).unwrap(),
                _ => {}
            }
            lingering
        };
        let first = thread::scope(|scope| fan_out(scope, items, 2, 2, work).next());
        assert!(first.is_some_and(|result| result.is_none()));
    });
}

/// How many results come before the panic.
fn results_before<T: Send>(
    panic: &str,
    items: impl IntoIterator<Item = T, IntoIter: Send>,
    work: impl Fn(T) + Send + Sync,
) -> usize {
    let mut results = 0;
    let count =
        || thread::scope(|scope| fan_out(scope, items, 3, 5, work).for_each(|()| results += 1));
    assert_eq!(panic_of(count), panic);
    results
}

#[test]
fn a_panic_in_the_work_comes_in_its_turn() {
    within(|| {
        let work = |n| assert!(n != 20, "item 20 is bad");
        assert_eq!(results_before("item 20 is bad", 0.., work), 20);
    });
}

#[test]
fn a_panic_in_the_input_comes_after_all_results() {
    within(|| {
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        assert_eq!(results_before("no more input", items, drop), 20);
    });
}
