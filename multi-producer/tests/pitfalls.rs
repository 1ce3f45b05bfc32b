//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::{iter, thread};

use super::support::IN_VAIN;
use crossbeam_channel::{TryRecvError, unbounded};
use multi_producer::broadcast::{Publisher, WhenFull};
use multi_producer::merge::merge;
use multi_producer::mpmc::share_out;
use testkit::{count, panic_of, within};

#[test]
fn the_stream_does_not_end_while_the_first_sender_lives() {
    within(|| {
        let (item_tx, item_rx) = mpsc::sync_channel(3);
        thread::scope(|scope| {
            for n in 0..3 {
                let item_tx = item_tx.clone();
                scope.spawn(move || item_tx.send(n).unwrap());
            }
        });
        // Wrong: all producers have ended, but `item_tx` is still here. `for item in item_rx` would
        // wait for it.
        assert_eq!(item_rx.try_iter().count(), 3);
        assert_eq!(item_rx.try_recv(), Err(mpsc::TryRecvError::Empty));
        // Right: without it, the stream ends.
        drop(item_tx);
        assert_eq!(item_rx.iter().count(), 0);
    });
}

#[test]
fn cloned_receivers_each_get_a_part() {
    within(|| {
        // Wrong: one channel, and a clone of its receiver for each that wants to see all.
        let (message_tx, first_rx) = unbounded();
        let second_rx = first_rx.clone();
        for n in 0..4 {
            message_tx.send(n).unwrap();
        }
        assert_eq!((first_rx.recv(), second_rx.recv()), (Ok(0), Ok(1)));
        assert_eq!((first_rx.recv(), second_rx.recv()), (Ok(2), Ok(3)));
        assert_eq!(first_rx.try_recv(), Err(TryRecvError::Empty));

        // Right: a channel for each.
        let mut publisher = Publisher::default();
        let first = publisher.subscribe(4, WhenFull::Wait);
        let second = publisher.subscribe(4, WhenFull::Wait);
        for n in 0..4 {
            publisher.publish(&n);
        }
        drop(publisher);
        assert!(first.messages.iter().eq(0..4));
        assert!(second.messages.iter().eq(0..4));
    });
}

#[test]
fn a_sleep_is_no_join() {
    within(|| {
        let (message_tx, message_rx) = unbounded();
        let (go_tx, go_rx) = unbounded::<()>();
        let done = Arc::new(AtomicUsize::new(0));
        let consumers = [0, 1].map(|_| {
            let (message_rx, go_rx, done) = (message_rx.clone(), go_rx.clone(), Arc::clone(&done));
            thread::spawn(move || {
                for _ in message_rx {
                    // However long the sleep below is, one day the work takes longer: here, until
                    // it is let go.
                    assert!(go_rx.recv().is_err());
                    done.fetch_add(1, SeqCst);
                }
            })
        });
        for n in 0..3 {
            message_tx.send(n).unwrap();
        }
        drop(message_tx);
        // Wrong: a sleep that should be long enough. A program that ends after it loses the work;
        // and when the work is done sooner, the rest of the sleep is lost.
        #[expect(clippy::disallowed_methods, reason = "the mistake that is shown here")]
        thread::sleep(IN_VAIN);
        assert_eq!(done.load(SeqCst), 0);
        // Right: join. It takes as long as the work does.
        drop(go_tx);
        for consumer in consumers {
            consumer.join().unwrap();
        }
        assert_eq!(done.load(SeqCst), 3);

        // Right: a function that joins before it returns.
        let shares = share_out(iter::once(0..3), count(2), 1, |messages| messages.count());
        assert_eq!(shares.iter().sum::<usize>(), 3);
    });
}

#[test]
fn a_producer_that_panics_looks_like_one_that_is_done() {
    within(|| {
        let source = || (0..100).inspect(|&n| assert!(n < 20, "item 20 is bad"));
        // Wrong: the consumer looks at the channel alone. The panic drops the sender, as a normal
        // end does, and the stream is but short.
        let (item_tx, item_rx) = mpsc::channel();
        let producer = thread::spawn(move || source().try_for_each(|n| item_tx.send(n)));
        assert_eq!(item_rx.iter().count(), 20);
        assert!(producer.join().is_err());
        // Right: the panic comes down the same channel.
        let message = panic_of(|| merge([source()], 1, |items| items.count()));
        assert_eq!(message, "item 20 is bad");
    });
}
