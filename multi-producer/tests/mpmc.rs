//! What `mpmc` promises:
//!
//! - each message reaches one consumer, once, in the order of its source; the caller gets what each
//!   returned: `every_message_reaches_one_consumer_in_the_order_of_its_source`
//! - a slow consumer holds up no other: `a_consumer_that_is_held_holds_up_no_other`
//! - one that stops leaves the rest to the others, and when all have, the producers end:
//!   `a_consumer_that_stops_leaves_the_rest_to_the_others`,
//!   `when_all_consumers_stop_the_producers_end`
//! - what is taken from a source reaches a consumer, as long as there is one:
//!   `what_is_taken_reaches_a_consumer_while_one_is_there`
//! - the sources are never far ahead: `the_sources_are_never_far_ahead_of_the_consumers`
//! - a panic reaches the caller: `a_panic_reaches_the_caller_and_the_other_sources_need_not_end`,
//!   `a_panic_between_the_sources_reaches_the_caller`
//! - no consumer, or no thread left, is a panic, and no source is polled: `no_consumer_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::iter;
use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};

use multi_producer::mpmc::share_out;
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, Tracked, panic_of, within};

proptest! {
    #[test]
    fn every_message_reaches_one_consumer_in_the_order_of_its_source(
        lengths in vec(0_usize..20, 0..5),
        consumers in 1_usize..5,
        capacity in 0_usize..4,
    ) {
        let tagged = |(source, &length): (usize, &usize)| (0..length).map(move |n| (source, n));
        let all: Vec<(usize, usize)> = (0..).zip(&lengths).flat_map(tagged).collect();
        let shares: Vec<Vec<(usize, usize)>> = within(move || {
            let sources = (0..).zip(&lengths).map(tagged);
            share_out(sources, consumers, capacity, |messages| messages.iter().collect())
        });
        prop_assert_eq!(shares.len(), consumers);
        for share in &shares {
            let in_order = |source| share.iter().filter(|message| message.0 == source).is_sorted();
            prop_assert!((0..5).all(in_order), "{:?}", share);
        }
        let mut consumed = shares.concat();
        consumed.sort_unstable();
        prop_assert_eq!(consumed, all);
    }
}

#[test]
fn a_consumer_that_is_held_holds_up_no_other() {
    within(|| {
        // Who gets the first message waits until the other has got the rest.
        let both = Barrier::new(2);
        let mut shares = share_out(iter::once(0..20), 2, 1, |messages| {
            let mut share: Vec<_> = messages.iter().take(1).collect();
            let held = share == [0];
            if held {
                both.wait();
            }
            share.extend(messages);
            if !held {
                both.wait();
            }
            share.len()
        });
        shares.sort_unstable();
        assert_eq!(shares, [1, 19]);
    });
}

#[test]
fn a_consumer_that_stops_leaves_the_rest_to_the_others() {
    within(|| {
        for capacity in 0..4 {
            // Who gets the first message goes.
            let shares = share_out([0..20, 20..40], 3, capacity, |messages| {
                let mut share = Vec::new();
                while share.last() != Some(&0) {
                    let Ok(n) = messages.recv() else { break };
                    share.push(n);
                }
                share
            });
            let mut consumed = shares.concat();
            consumed.sort_unstable();
            assert!(consumed.into_iter().eq(0..40));
        }
    });
}

#[test]
fn the_sources_are_never_far_ahead_of_the_consumers() {
    within(|| {
        for (sources, consumers, capacity) in [(1, 1, 0), (1, 2, 1), (2, 1, 0), (3, 2, 7)] {
            let lead = Lead::default();
            // More than promised: each consumer has one in hand that is not yet counted as taken.
            let source = |_| lead.limited(MANY / sources, capacity + sources + consumers);
            share_out((0..sources).map(source), consumers, capacity, |messages| {
                messages.iter().for_each(|_| lead.take());
            });
        }
    });
}

#[test]
fn when_all_consumers_stop_the_producers_end() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let sources = [ledger.items(), ledger.items()];
            let taken = share_out(sources, 3, capacity, |messages| {
                messages.iter().take(5).count()
            });
            assert_eq!(taken, [5, 5, 5]);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_reaches_the_caller_and_the_other_sources_need_not_end() {
    within(|| {
        for in_consumer in [false, true] {
            let ledger = Ledger::default();
            let is_bad = |item: &Tracked| item.number == 20;
            let sources = [false, true].map(|second| {
                let check = move |item: &Tracked| {
                    assert!(!second || in_consumer || !is_bad(item), "20 is bad");
                };
                ledger.items().inspect(check)
            });
            // Only one consumer panics: the other would go on forever.
            let first = AtomicBool::new(in_consumer);
            let consume = |item: Tracked| {
                assert!(!is_bad(&item) || !first.swap(false, SeqCst), "20 is bad");
            };
            let share_out = || share_out(sources, 2, 2, |items| items.iter().for_each(consume));
            assert_eq!(panic_of(share_out), "20 is bad");
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn what_is_taken_reaches_a_consumer_while_one_is_there() {
    within(|| {
        let (taken, received) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let source = (0..MANY).inspect(|_| _ = taken.fetch_add(1, SeqCst));
        let bad = AtomicUsize::new(1);
        let message = panic_of(|| {
            share_out([source], 2, 1, |messages| {
                for _ in messages {
                    received.fetch_add(1, SeqCst);
                    assert!(bad.swap(0, SeqCst) == 0, "a bad message");
                }
            })
        });
        assert_eq!(message, "a bad message");
        assert_eq!(received.into_inner(), taken.into_inner());
    });
}

#[test]
fn a_panic_between_the_sources_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let sources = (0..2).map(|id| {
            assert!(id == 0, "no such source");
            ledger.items()
        });
        let message = panic_of(|| share_out(sources, 2, 2, |items| items.iter().count()));
        assert_eq!(
            (message.as_str(), ledger.handed_out()),
            ("no such source", 0)
        );
    });
}

#[test]
fn no_consumer_is_refused() {
    let message = panic_of(|| share_out([[1]], 0, 1, |messages| messages.iter().count()));
    assert_eq!(message, "there must be a consumer");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..4 {
        std::thread::leave(threads);
        // Sources that stay silent as long as their senders are here.
        let (_senders, sources): (Vec<_>, Vec<_>) =
            (0..2).map(|_| std::sync::mpsc::channel::<()>()).unzip();
        let message = panic_of(|| share_out(sources, 2, 1, |messages| messages.iter().count()));
        assert!(message.starts_with("the system has"), "{message}");
    }
}
