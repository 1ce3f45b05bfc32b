//! - the caller sees what a loop over the input sees, in order and with its panic:
//!   `a_stream_looks_like_a_loop`
//! - both sides work at the same time, and an item does not wait for the next:
//!   `both_sides_work_at_the_same_time`
//! - a full queue makes the producer wait, and only that does:
//!   `the_input_is_never_far_ahead_of_the_caller`, `the_producer_goes_ahead_as_far_as_it_may`
//! - a caller that stops or panics stops the producer: `a_caller_that_stops_ends_an_endless_input`
//! - a panic in the drop of the input is no end, and costs a caller that has stopped nothing:
//!   `a_panic_in_the_drop_of_the_input_comes_in_its_turn`
//! - no thread left is a panic: `a_thread_that_cannot_start_is_a_panic`

use std::sync::{Barrier, mpsc};
use std::thread;

use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, outcome, panic_of, within};

use super::pattern;

/// The first `take` of the items, as far as they go, and the message of the panic met on the way.
fn taken(take: usize, items: impl Iterator<Item = usize>) -> (Vec<usize>, Option<String>) {
    let mut taken = Vec::new();
    let end = outcome(|| items.take(take).for_each(|n| taken.push(n)));
    (taken, end.err())
}

proptest! {
    #[test]
    fn a_stream_looks_like_a_loop(
        length in 0_usize..50,
        bad in prop::option::of(0_usize..50),
        take in 0_usize..60,
        capacity in 0_usize..4,
    ) {
        let items = move || (0..length).inspect(move |&n| assert!(Some(n) != bad, "{n} is bad"));
        let streamed = within(move || {
            thread::scope(|scope| taken(take, pattern(scope, items(), capacity)))
        });
        prop_assert_eq!(streamed, taken(take, items()));
    }
}

#[test]
fn both_sides_work_at_the_same_time() {
    within(|| {
        for capacity in [0, 1, 7] {
            let both = Barrier::new(2);
            let items = (0..MANY).inspect(|_| _ = both.wait());
            thread::scope(|scope| {
                let mut received = pattern(scope, items, capacity);
                for n in 0..MANY {
                    // The item is finished only when the caller is at work, too, and it comes while
                    // the next is not.
                    both.wait();
                    assert_eq!(received.next(), Some(n));
                }
            });
        }
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_caller() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let lead = Lead::default();
            let items = lead.limited(MANY, capacity + 1);
            thread::scope(|scope| {
                let mut received = pattern(scope, items, capacity);
                let mut ask = || {
                    lead.take();
                    received.next()
                };
                while ask().is_some() {}
            });
        }
    });
}

#[test]
fn the_producer_goes_ahead_as_far_as_it_may() {
    within(|| {
        for capacity in [0, 1, 2, 7] {
            let (made_tx, made_rx) = mpsc::channel();
            let items = (0..).inspect(|&n| made_tx.send(n).unwrap());
            thread::scope(|scope| {
                let mut received = pattern(scope, items, capacity);
                // These are in nobody's way. For each further one there is room when one is taken.
                assert!(made_rx.iter().take(capacity).eq(0..capacity));
                for n in 0..MANY {
                    assert_eq!(made_rx.recv(), Ok(n + capacity));
                    assert_eq!(received.next(), Some(n));
                }
            });
        }
    });
}

#[test]
fn a_caller_that_stops_ends_an_endless_input() {
    within(|| {
        for (capacity, take) in [(0, 0), (0, 1), (1, 0), (1, 5), (3, 5)] {
            let ledger = Ledger::default();
            thread::scope(|scope| {
                let received = pattern(scope, ledger.items(), capacity);
                assert!(received.take(take).map(|item| item.number).eq(0..take));
            });
            let message = panic_of(|| {
                thread::scope(|scope| {
                    let _received = pattern(scope, ledger.items(), capacity);
                    panic!("the caller's own");
                })
            });
            assert_eq!(message, "the caller's own");
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_the_drop_of_the_input_comes_in_its_turn() {
    struct Bad(std::ops::Range<usize>);

    impl Iterator for Bad {
        type Item = usize;

        fn next(&mut self) -> Option<usize> {
            self.0.next()
        }
    }

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot be dropped");
        }
    }

    within(|| {
        let (seen, end) = thread::scope(|scope| taken(MANY, pattern(scope, Bad(0..3), 1)));
        assert_eq!(seen, [0, 1, 2]);
        assert_eq!(end.as_deref(), Some("cannot be dropped"));
        // Nobody waits for this one: the result of the caller is there all the same.
        let first = thread::scope(|scope| pattern(scope, Bad(0..3), 1).next());
        assert_eq!(first, Some(0));
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic() {
    std::thread::leave(0);
    let ledger = Ledger::default();
    let message = panic_of(|| thread::scope(|scope| pattern(scope, ledger.items(), 1).count()));
    assert!(
        message.starts_with("the system has a thread left"),
        "{message}"
    );
    ledger.assert_all_dropped();
}
