//! What `broadcast` promises:
//!
//! - each message since it came reaches a subscriber, or is counted as missed, in the same order
//!   for all: `published_is_received_and_missed`
//! - at a full queue it waits, passes over or disconnects:
//!   `one_that_is_waited_for_holds_up_the_rest`, `published_is_received_and_missed`
//! - one that goes is dropped from the list, and holds up nobody any more:
//!   `a_subscriber_that_is_gone_is_dropped_from_the_list`, `one_that_goes_is_no_longer_waited_for`
//! - a clone that panics loses the message for all: `a_panic_in_a_clone_loses_the_message_for_all`
//! - a message is cloned once for each but the last: `nothing_is_left_behind`

use std::cell::Cell;
use std::sync::Arc;
use std::thread;

use multi_producer::broadcast::WhenFull::{self, Disconnect, Skip, Wait};
use multi_producer::broadcast::{Publisher, Subscription};
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::{Lead, MANY, panic_of, within};

proptest! {
    /// Each subscriber comes after some messages, and goes after some, or at the end.
    #[test]
    fn published_is_received_and_missed(
        subscribers in vec((0..MANY, 0_usize..4, prop_oneof![Just(Wait), Just(Skip), Just(Disconnect)], 0..MANY), 0..5),
    ) {
        within(move || thread::scope(|scope| {
            let mut publisher = Publisher::new();
            for n in 0..MANY {
                for &(first, capacity, when_full, most) in &subscribers {
                    if first == n {
                        let subscription = publisher.subscribe(capacity, when_full);
                        scope.spawn(move || account(&subscription, first, when_full, most));
                    }
                }
                publisher.publish(n);
            }
        }));
    }
}

/// Receives up to `most` messages, the `first` of which is known. Where they end before, what was
/// published since is what was received and what was missed.
fn account(subscription: &Subscription<usize>, first: usize, when_full: WhenFull, most: usize) {
    let received: Vec<usize> = subscription.messages.iter().take(most).collect();
    let in_a_row = received.iter().copied().eq(first..first + received.len());
    assert!(if when_full == Skip {
        received.is_sorted_by(|a, b| a < b)
    } else {
        in_a_row
    });
    if received.len() < most {
        let missed = MANY - first - received.len();
        let counted = match when_full {
            Wait => 0,
            Skip => missed,
            Disconnect => missed.min(1),
        };
        assert_eq!(subscription.missed(), counted);
        assert!(when_full != Wait || missed == 0);
    }
}

#[test]
fn one_that_is_waited_for_holds_up_the_rest() {
    within(|| {
        for capacity in 0..3 {
            let mut publisher = Publisher::new();
            let slow = publisher.subscribe(capacity, Wait);
            let other = publisher.subscribe(MANY, Skip);
            let lead = Lead::default();
            // The slow one has room for `capacity`, and one in hand; one more is on its way.
            let messages = lead.limited(MANY, capacity + 2);
            thread::scope(|scope| {
                scope.spawn(move || messages.for_each(|n| _ = publisher.publish(n)));
                for _ in slow.messages {
                    lead.take();
                }
            });
            assert!(other.messages.iter().eq(0..MANY));
        }
    });
}

#[test]
fn one_that_goes_is_no_longer_waited_for() {
    within(|| {
        let mut publisher = Publisher::new();
        let (slow, other) = (publisher.subscribe(1, Wait), publisher.subscribe(9, Wait));
        thread::scope(|scope| {
            let publisher = scope.spawn(move || (0..3).map(|n| publisher.publish(n)).last());
            assert_eq!(other.messages.recv(), Ok(0));
            drop(slow);
            assert!(other.messages.iter().eq(1..3));
            assert_eq!(publisher.join().unwrap(), Some(1));
        });
    });
}

#[test]
fn a_subscriber_that_is_gone_is_dropped_from_the_list() {
    for when_full in [Wait, Skip, Disconnect] {
        let mut publisher = Publisher::new();
        let [first, gone, last] = [0; 3].map(|_| publisher.subscribe(4, when_full));
        assert_eq!(publisher.publish(0), 3);
        drop(gone);
        assert!((1..3).map(|n| publisher.publish(n)).eq([2, 2]));
        drop(publisher);
        for subscription in [first, last] {
            assert!(subscription.messages.iter().eq(0..3));
            assert_eq!(subscription.missed(), 0);
        }
    }
}

#[test]
fn a_panic_in_a_clone_loses_the_message_for_all() {
    /// May be cloned so many times.
    struct Message(Cell<usize>);

    impl Clone for Message {
        fn clone(&self) -> Self {
            let left = self.0.get().checked_sub(1);
            self.0.set(left.expect("no clone is left"));
            Self(Cell::new(0))
        }
    }

    for clones in 0..2 {
        let mut publisher = Publisher::new();
        let subscriptions = [Wait, Skip, Disconnect].map(|w| publisher.subscribe(4, w));
        let message = panic_of(|| publisher.publish(Message(Cell::new(clones))));
        assert_eq!(message, "no clone is left");
        assert_eq!(publisher.publish(Message(Cell::new(9))), 3);
        drop(publisher);
        for subscription in subscriptions {
            let received = subscription.messages.iter().count();
            assert_eq!((received, subscription.missed()), (1, 0));
        }
    }
}

#[test]
fn nothing_is_left_behind() {
    let message = Arc::new(());
    let mut publisher = Publisher::new();
    let subscriptions = [Wait, Skip, Disconnect].map(|w| publisher.subscribe(2, w));
    (0..2).for_each(|_| _ = publisher.publish(Arc::clone(&message)));
    // Two for each, not one more.
    assert_eq!(Arc::strong_count(&message), 1 + 6);
    drop(publisher);
    drop(subscriptions);
    assert_eq!(Arc::strong_count(&message), 1);
}
