//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::mpsc;
use std::thread;

use super::support::{IN_VAIN, take_all};
use basic_channel::{back_pressure_std, stream};
use testkit::{Lead, panic_of, within};

/// What is the same with every kind of channel.
macro_rules! pitfalls_of_any_channel {
    ($library:ident: $($imports:tt)*) => {
        mod $library {
            use std::thread;

            use testkit::within;
            use $($imports)*;

            #[test]
            fn a_loop_does_not_end_while_a_sender_lives() {
                within(|| {
                    let (item_tx, item_rx) = unbounded();
                    let producer_tx = item_tx.clone();
                    let producer = thread::spawn(move || (0..3).try_for_each(|n| producer_tx.send(n)));
                    producer.join().unwrap().unwrap();
                    // Wrong: the producer has ended, but `item_tx` is still here.
                    // `for item in item_rx` would wait for it.
                    assert_eq!(item_rx.try_iter().count(), 3);
                    assert_eq!(item_rx.try_recv(), Err(TryRecvError::Empty));
                    // Right: without it, the loop ends. (Better: move it into the producer,
                    // uncloned.)
                    drop(item_tx);
                    assert_eq!(item_rx.iter().count(), 0);
                });
            }

            #[test]
            fn a_struct_with_both_ends_waits_for_itself() {
                struct Queue {
                    item_tx: Sender<u32>,
                    item_rx: Receiver<u32>,
                }

                within(|| {
                    let (item_tx, item_rx) = unbounded();
                    let queue = Queue { item_tx, item_rx };
                    queue.item_tx.send(1).unwrap();
                    // Wrong: the loop borrows the receiver, and the struct keeps the sender alive.
                    // `for item in &queue.item_rx` would wait for it.
                    assert_eq!(queue.item_rx.try_recv(), Ok(1));
                    assert_eq!(queue.item_rx.try_recv(), Err(TryRecvError::Empty));
                    // Right: the struct is taken apart, and the sender is gone before the loop.
                    queue.item_tx.send(2).unwrap();
                    let Queue { item_tx, item_rx } = queue;
                    drop(item_tx);
                    assert!(item_rx.iter().eq([2]));
                });
            }

            #[test]
            fn an_underscore_drops_and_an_underscored_name_does_not() {
                // Wrong, where the channel should end: `_item_tx` is a sender that lives as long as
                // any other variable.
                let (_item_tx, item_rx) = unbounded::<u32>();
                assert_eq!(item_rx.try_recv(), Err(TryRecvError::Empty));
                // Wrong, where the channel should stay: `_` is not a name, and the sender is gone
                // at once.
                let (_, item_rx) = unbounded::<u32>();
                assert_eq!(item_rx.try_recv(), Err(TryRecvError::Disconnected));
                // Right: a name, and a `drop` where the end is.
                let (item_tx, item_rx) = unbounded::<u32>();
                assert_eq!(item_rx.try_recv(), Err(TryRecvError::Empty));
                drop(item_tx);
                assert_eq!(item_rx.try_recv(), Err(TryRecvError::Disconnected));
            }
        }
    };
}

pitfalls_of_any_channel!(with_std: std::sync::mpsc::{Receiver, Sender, TryRecvError, channel as unbounded});
pitfalls_of_any_channel!(with_crossbeam: crossbeam_channel::{Receiver, Sender, TryRecvError, unbounded});

#[test]
fn sending_more_than_there_is_room_for_hangs_where_nobody_receives() {
    within(|| {
        // Wrong: ten sends into a channel of five, and nobody receives.
        let (item_tx, item_rx) = mpsc::sync_channel(5);
        let (sent_tx, sent_rx) = mpsc::channel();
        let sender = thread::spawn(move || {
            (0..10).try_for_each(|n| {
                item_tx.send(n)?;
                sent_tx.send(n).unwrap();
                Ok(())
            })
        });
        assert!(sent_rx.iter().take(5).eq(0..5));
        // There is no room for the sixth until somebody takes one, and nobody will.
        assert_eq!(
            sent_rx.recv_timeout(IN_VAIN),
            Err(mpsc::RecvTimeoutError::Timeout)
        );
        // The end of the receiver is the end of the wait: the sixth comes back.
        drop(item_rx);
        assert_eq!(sender.join().unwrap(), Err(mpsc::SendError(5)));

        let (item_tx, item_rx) = crossbeam_channel::bounded(5);
        for n in 0..5 {
            item_tx.send(n).unwrap();
        }
        assert_eq!(
            item_tx.send_timeout(5, IN_VAIN),
            Err(crossbeam_channel::SendTimeoutError::Timeout(5))
        );
        drop(item_rx);

        // Right: one thread sends while another receives.
        let received = stream::stream(5, 0..10, |received| received.collect::<Vec<_>>());
        assert!(received.into_iter().eq(0..10));
    });
}

#[test]
fn an_unbounded_queue_takes_all_there_is() {
    within(|| {
        // Wrong: nobody has taken a single item, and there is room for every one.
        let (item_tx, item_rx) = mpsc::channel();
        for n in 0..100_000 {
            item_tx.send(n).unwrap();
        }
        drop(item_tx);
        assert_eq!(item_rx.iter().count(), 100_000);

        let (item_tx, item_rx) = crossbeam_channel::unbounded();
        for n in 0..100_000 {
            item_tx.send(n).unwrap();
        }
        assert_eq!(item_rx.len(), 100_000);

        // Right: with a bound of 8, the producer waits, and the input is read as fast as the
        // consumer goes on.
        let lead = Lead::default();
        let items = lead.limited(10_000, 8 + 1);
        let taken = stream::stream(8, items, |received| take_all(&lead, received));
        assert_eq!(taken, 10_000);

        // Or what has no room is given back, here at its most: nothing is taken until the producer
        // has come to its end. (To drop it is `|_| None`.)
        let (end_tx, end_rx) = mpsc::channel::<()>();
        let items = (0..10_000).inspect(move |_| _ = &end_tx);
        let mut refused = Vec::new();
        let keep = |n| {
            refused.push(n);
            None
        };
        let taken = back_pressure_std::stream(8, items, keep, |received| {
            end_rx.recv().unwrap_err();
            received.count()
        });
        assert_eq!(taken, 8);
        assert!(refused.into_iter().eq(8..10_000));
    });
}

#[test]
fn a_producer_that_panics_looks_like_one_that_is_done() {
    within(|| {
        let items = || (0..10).inspect(|&n| assert!(n < 3, "no more input"));

        // Wrong: the panic drops the sender, the loop ends, and three items pass for all.
        let (item_tx, item_rx) = mpsc::sync_channel(1);
        let producer = thread::spawn(move || items().try_for_each(|n| item_tx.send(n)));
        assert!(item_rx.into_iter().eq(0..3));
        // Only who joins the producer and looks at the result is told.
        let payload = producer.join().unwrap_err();
        assert_eq!(payload.downcast_ref(), Some(&"no more input"));

        // Right: the consumer gets the panic in its turn.
        let mut taken = 0;
        let message = panic_of(|| {
            stream::stream(1, items(), |received| received.for_each(|_| taken += 1));
        });
        assert_eq!((message.as_str(), taken), ("no more input", 3));
    });
}
