//! What `ownership` promises:
//! - the recipient gets the very same buffer, or the owner gets it back: `a_buffer_is_never_copied`
//! - what was handed over cannot be used: an example that must not compile
//! - values arrive in order, and what is not taken comes back: `each_value_is_taken_or_comes_back`
//! - nothing is given away before it is asked for: `nothing_is_given_away_before_it_is_asked_for`
//! - a recipient that panics gives back what it has not taken, and `finish` panics with its panic:
//!   `a_panic_of_the_recipient_reaches_its_owner`
//! - a recipient without `finish` ends too: `a_panic_of_the_owner_ends_the_recipient`
//! - no thread left is a panic: `a_thread_that_cannot_start_is_a_panic`

use std::sync::mpsc;
use std::thread;

use basic_channel::ownership::Recipient;
use testkit::{Lead, Ledger, MANY, Tracked, panic_of, within};

#[test]
fn a_buffer_is_never_copied() {
    within(|| {
        thread::scope(|scope| {
            let address = |buffer: &Vec<u8>| buffer.as_ptr().addr();
            let recipient = Recipient::start(scope, move |buffers| {
                let addresses = buffers.iter().take(3).map(|buffer| address(&buffer));
                (thread::current().id(), addresses.collect::<Vec<_>>())
            });
            let buffers = [1, 2, 3, 4].map(|n| vec![n; 1 << 10]);
            let sent = buffers.each_ref().map(address);
            let back = buffers.map(|buffer| recipient.hand_over(buffer).err());
            assert_eq!(back[3].as_ref().map(address), Some(sent[3]));
            let (thread, received) = recipient.finish();
            assert_ne!(thread, thread::current().id());
            assert_eq!(received, sent[..3]);
        });
    });
}

#[test]
fn each_value_is_taken_or_comes_back() {
    within(|| {
        for takes in 0..MANY.min(100) {
            let ledger = Ledger::default();
            thread::scope(|scope| {
                let recipient = Recipient::start(scope, move |values| {
                    let taken = values.into_iter().take(takes);
                    taken.map(|value: Tracked| value.number).collect::<Vec<_>>()
                });
                let refused = |n| recipient.hand_over(ledger.item(n)).err();
                let back = (0..takes + 2).filter_map(refused);
                assert!(back.map(|value| value.number).eq(takes..takes + 2));
                assert!(recipient.finish().into_iter().eq(0..takes));
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn nothing_is_given_away_before_it_is_asked_for() {
    within(|| {
        let lead = Lead::default();
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| {
                let ask = || {
                    lead.take();
                    values.recv()
                };
                while ask().is_ok() {}
            });
            for n in 0..MANY {
                assert_eq!(recipient.hand_over(n), Ok(()));
                assert_eq!(lead.hand_out(), 0);
            }
            recipient.finish();
        });
    });
}

#[test]
fn a_panic_of_the_recipient_reaches_its_owner() {
    within(|| {
        thread::scope(|scope| {
            let recipient = Recipient::start(scope, |values| {
                for value in values {
                    assert!(value != "bad", "{value} value");
                }
            });
            assert_eq!(recipient.hand_over("good"), Ok(()));
            assert_eq!(recipient.hand_over("bad"), Ok(()));
            assert_eq!(recipient.hand_over("late"), Err("late"));
            assert_eq!(panic_of(|| recipient.finish()), "bad value");
        });
    });
}

#[test]
fn a_panic_of_the_owner_ends_the_recipient() {
    within(|| {
        let (seen_tx, seen_rx) = mpsc::channel();
        let message = panic_of(|| {
            thread::scope(|scope| {
                let recipient = Recipient::start(scope, |values| {
                    seen_tx.send(values.iter().count()).unwrap();
                });
                recipient.hand_over("a value").unwrap();
                panic!("the owner's own");
            })
        });
        assert_eq!(message, "the owner's own");
        assert_eq!(seen_rx.try_recv(), Ok(1));
    });
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic() {
    std::thread::leave(0);
    let start = || thread::scope(|scope| drop(Recipient::start(scope, drop::<mpsc::Receiver<()>>)));
    let message = panic_of(start);
    assert!(
        message.starts_with("the system has a thread left"),
        "{message}"
    );
}
