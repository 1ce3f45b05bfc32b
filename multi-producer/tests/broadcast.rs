//! What `broadcast` promises.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, TryRecvError};
use std::thread;

use super::support::IN_VAIN;
use multi_producer::broadcast::{Publisher, Subscription, WhenFull};
use proptest::collection::vec;
use proptest::prelude::*;
use testkit::within;

/// What one thread may do without waiting for itself.
#[derive(Debug, Clone)]
enum Step {
    Subscribe {
        capacity: usize,
        when_full: WhenFull,
    },
    Publish,
    /// The subscriber with this number receives one message, if there are both.
    Receive(usize),
    /// That subscriber goes.
    Go(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let when_full = prop_oneof![Just(WhenFull::Skip), Just(WhenFull::Disconnect)];
    prop_oneof![
        1 => (0_usize..4, when_full).prop_map(|(capacity, when_full)| Step::Subscribe { capacity, when_full }),
        5 => Just(Step::Publish),
        3 => (0_usize..4).prop_map(Step::Receive),
        1 => (0_usize..4).prop_map(Step::Go),
    ]
}

/// A subscriber, and beside it what it must see.
struct Pair {
    subscription: Subscription<u32>,
    capacity: usize,
    when_full: WhenFull,
    on_list: bool,
    queue: VecDeque<u32>,
    published: usize,
    received: usize,
    missed: usize,
}

impl Pair {
    fn publish(&mut self, message: u32) {
        if !self.on_list {
            return;
        }
        self.published += 1;
        if self.queue.len() < self.capacity {
            self.queue.push_back(message);
        } else {
            self.missed += 1;
            self.on_list = self.when_full == WhenFull::Skip;
        }
    }

    fn receive(&mut self) -> Option<u32> {
        let message = self.queue.pop_front();
        self.received += usize::from(message.is_some());
        message
    }
}

/// Takes the steps with a publisher, and compares what the subscribers see with what they must see.
fn follow(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut publisher = Publisher::default();
    let mut pairs = Vec::<Pair>::new();
    for (message, step) in (0..).zip(steps) {
        match step {
            Step::Subscribe {
                capacity,
                when_full,
            } => pairs.push(Pair {
                subscription: publisher.subscribe(capacity, when_full),
                capacity,
                when_full,
                on_list: true,
                queue: VecDeque::new(),
                published: 0,
                received: 0,
                missed: 0,
            }),
            Step::Publish => {
                for pair in &mut pairs {
                    pair.publish(message);
                }
                let on_list = pairs.iter().filter(|pair| pair.on_list).count();
                prop_assert_eq!(publisher.publish(&message), on_list);
            }
            Step::Receive(id) if id < pairs.len() => {
                let received = pairs[id].subscription.messages.try_recv().ok();
                prop_assert_eq!(received, pairs[id].receive());
            }
            Step::Go(id) if id < pairs.len() => drop(pairs.remove(id)),
            Step::Receive(_) | Step::Go(_) => {}
        }
    }
    drop(publisher);
    for mut pair in pairs {
        while let Ok(message) = pair.subscription.messages.try_recv() {
            prop_assert_eq!(Some(message), pair.receive());
        }
        prop_assert_eq!(pair.receive(), None);
        prop_assert_eq!(
            pair.subscription.messages.try_recv(),
            Err(TryRecvError::Disconnected)
        );
        prop_assert_eq!(pair.subscription.missed(), pair.missed);
        prop_assert_eq!(pair.published, pair.received + pair.missed);
    }
    Ok(())
}

proptest! {
    #[test]
    fn published_is_received_and_missed(steps in vec(step(), 0..100)) {
        within(move || follow(steps))?;
    }

    #[test]
    fn published_is_received_and_missed_across_threads(
        subscribers in vec((0_usize..4, prop_oneof![Just(WhenFull::Wait), Just(WhenFull::Skip)]), 0..5),
    ) {
        within(move || {
            let mut publisher = Publisher::default();
            thread::scope(|scope| {
                let threads: Vec<_> = subscribers
                    .into_iter()
                    .map(|(capacity, when_full)| {
                        let subscription = publisher.subscribe(capacity, when_full);
                        scope.spawn(move || {
                            let received: Vec<usize> = subscription.messages.iter().collect();
                            (received, subscription.missed(), when_full)
                        })
                    })
                    .collect();
                for n in 0..50 {
                    assert_eq!(publisher.publish(&n), threads.len());
                }
                drop(publisher);
                for thread in threads {
                    let (received, missed, when_full) = thread.join().unwrap();
                    assert_eq!(received.len() + missed, 50);
                    assert!(received.is_sorted_by(|a, b| a < b), "{received:?}");
                    assert!(when_full != WhenFull::Wait || missed == 0);
                }
            });
        });
    }
}

#[test]
fn one_that_is_waited_for_holds_up_the_rest() {
    within(|| {
        let mut publisher = Publisher::default();
        let slow = publisher.subscribe(1, WhenFull::Wait);
        let other = publisher.subscribe(10, WhenFull::Skip);
        let (published_tx, published_rx) = mpsc::channel();
        thread::scope(|scope| {
            scope.spawn(move || {
                for n in 0..3 {
                    publisher.publish(&n);
                    published_tx.send(n).unwrap();
                }
            });
            assert_eq!(published_rx.recv(), Ok(0));
            // The slow one has one place, and it is taken.
            let second = published_rx.recv_timeout(IN_VAIN);
            assert_eq!(second, Err(RecvTimeoutError::Timeout));
            assert_eq!(other.messages.try_iter().collect::<Vec<_>>(), [0]);
            // Where it goes on, all do; where it goes away, too.
            assert_eq!(slow.messages.recv(), Ok(0));
            assert_eq!(published_rx.recv(), Ok(1));
            drop(slow);
            assert_eq!(published_rx.recv(), Ok(2));
            assert_eq!(other.messages.iter().collect::<Vec<_>>(), [1, 2]);
        });
    });
}

#[test]
fn one_that_is_passed_over_holds_up_nobody() {
    within(|| {
        let mut publisher = Publisher::default();
        let slow = publisher.subscribe(2, WhenFull::Skip);
        let other = publisher.subscribe(10, WhenFull::Wait);
        for n in 0..9 {
            assert_eq!(publisher.publish(&n), 2);
        }
        assert_eq!(slow.missed(), 7);
        assert_eq!(slow.messages.recv(), Ok(0));
        publisher.publish(&9);
        drop(publisher);
        assert_eq!(slow.messages.iter().collect::<Vec<_>>(), [1, 9]);
        assert_eq!((slow.missed(), other.missed()), (7, 0));
        assert!(other.messages.iter().eq(0..10));
    });
}

#[test]
fn one_that_is_disconnected_keeps_what_it_has() {
    within(|| {
        let mut publisher = Publisher::default();
        let slow = publisher.subscribe(2, WhenFull::Disconnect);
        let other = publisher.subscribe(10, WhenFull::Disconnect);
        let on_list: Vec<usize> = (0..5).map(|n| publisher.publish(&n)).collect();
        assert_eq!(on_list, [2, 2, 1, 1, 1]);
        // Its messages end, while the publisher goes on.
        assert_eq!(slow.messages.iter().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(slow.missed(), 1);
        drop(publisher);
        assert!(other.messages.iter().eq(0..5));
        assert_eq!(other.missed(), 0);
    });
}

#[test]
fn a_subscriber_that_is_gone_is_dropped_from_the_list() {
    within(|| {
        for when_full in [WhenFull::Wait, WhenFull::Skip, WhenFull::Disconnect] {
            let mut publisher = Publisher::default();
            let first = publisher.subscribe(4, when_full);
            let gone = publisher.subscribe(4, when_full);
            let last = publisher.subscribe(4, when_full);
            assert_eq!(publisher.publish(&0), 3);
            drop(gone);
            assert_eq!(publisher.publish(&1), 2);
            assert_eq!(publisher.publish(&2), 2);
            drop(publisher);
            assert!(first.messages.iter().eq(0..3));
            assert!(last.messages.iter().eq(0..3));
            assert_eq!((first.missed(), last.missed()), (0, 0));
        }
    });
}

#[test]
fn one_that_comes_late_sees_what_comes_after() {
    within(|| {
        let mut publisher = Publisher::default();
        assert_eq!(publisher.publish(&0), 0);
        let early = publisher.subscribe(4, WhenFull::Wait);
        publisher.publish(&1);
        let late = publisher.subscribe(4, WhenFull::Wait);
        publisher.publish(&2);
        drop(publisher);
        assert_eq!(early.messages.iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(late.messages.iter().collect::<Vec<_>>(), [2]);
        assert_eq!(late.missed(), 0);
    });
}

#[test]
fn nothing_is_left_behind() {
    within(|| {
        let message = Arc::new(());
        let mut publisher = Publisher::default();
        let subscriptions: Vec<_> = [WhenFull::Wait, WhenFull::Skip, WhenFull::Disconnect]
            .map(|when_full| publisher.subscribe(2, when_full))
            .into();
        publisher.publish(&message);
        publisher.publish(&message);
        // Two for each, not one more.
        assert_eq!(Arc::strong_count(&message), 1 + 6);
        drop(publisher);
        drop(subscriptions);
        assert_eq!(Arc::strong_count(&message), 1);
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let mut publisher = Publisher::default();
            thread::scope(|scope| {
                let threads = [0, 1, 2].map(|capacity| {
                    let subscription = publisher.subscribe(capacity, WhenFull::Wait);
                    scope.spawn(move || subscription.messages.iter().count())
                });
                for n in 0..round % 3 {
                    assert_eq!(publisher.publish(&n), 3);
                }
                drop(publisher);
                for thread in threads {
                    assert_eq!(thread.join().unwrap(), round % 3);
                }
            });
        }
    });
}
