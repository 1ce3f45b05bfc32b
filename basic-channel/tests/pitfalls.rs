//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc::{self, TryRecvError, TrySendError};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use basic_channel::stream::stream;
use testkit::{LIMIT, Lead, MANY, outcome, within};

/// A wait that cannot succeed, however long it is.
const IN_VAIN: Duration = Duration::from_millis(20);

/// `for item in item_rx` never ends.
mod a_sender_that_lives_keeps_the_loop_waiting {
    use super::*;

    #[test]
    fn wrong() {
        let (item_tx, item_rx) = mpsc::channel();
        let producer_tx = item_tx.clone();
        let producer = thread::spawn(move || (0..3).try_for_each(|n| producer_tx.send(n)));
        producer.join().unwrap().unwrap();
        assert_eq!(item_rx.try_iter().count(), 3);
        // The producer has ended, but `item_tx` is still here: a loop would wait for it.
        assert_eq!(item_rx.try_recv(), Err(TryRecvError::Empty));
        // Both ends in one struct, as in one tuple: a loop over `queue.1` would wait for `queue.0`.
        let queue = mpsc::channel::<u32>();
        assert_eq!(queue.1.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        within(|| {
            let (item_tx, item_rx) = mpsc::channel();
            thread::spawn(move || (0..3).try_for_each(|n| item_tx.send(n)));
            assert_eq!(item_rx.iter().count(), 3);
        });
    }
}

/// The channel stays open, or closes at once.
mod an_underscore_is_no_name {
    use super::*;

    #[test]
    fn wrong() {
        // A sender that lives as long as any other variable.
        let (_item_tx, item_rx) = mpsc::channel::<u32>();
        assert_eq!(item_rx.try_recv(), Err(TryRecvError::Empty));
        // A sender that is dropped on the spot.
        let (_, item_rx) = mpsc::channel::<u32>();
        assert_eq!(item_rx.try_recv(), Err(TryRecvError::Disconnected));
    }

    #[test]
    fn right() {
        let (item_tx, item_rx) = mpsc::channel();
        item_tx.send(1).unwrap();
        drop(item_tx); // Here it ends.
        assert!(item_rx.iter().eq([1]));
    }
}

/// The sixth send into a channel of five never returns.
mod a_full_queue_that_nobody_empties_hangs {
    use super::*;

    #[test]
    fn wrong() {
        // Nobody takes one: `send` would wait forever for room.
        let (item_tx, _item_rx) = mpsc::sync_channel(5);
        assert!((0..5).all(|n| item_tx.send(n).is_ok()));
        assert_eq!(item_tx.try_send(5), Err(TrySendError::Full(5)));
        let (item_tx, _item_rx) = crossbeam_channel::bounded(5);
        assert!((0..5).all(|n| item_tx.send(n).is_ok()));
        assert!(item_tx.send_timeout(5, IN_VAIN).unwrap_err().is_timeout());
    }

    #[test]
    fn right() {
        within(|| {
            thread::scope(|scope| assert!(stream(scope, 0..10, 5).eq(0..10)));
        });
    }
}

/// Memory grows until the process is killed.
mod an_unbounded_queue_takes_all_there_is {
    use super::*;

    #[test]
    fn wrong() {
        let (item_tx, item_rx) = mpsc::channel();
        // Nobody has taken a single item, and there is room for every one.
        assert!((0..100_000).all(|n| item_tx.send(n).is_ok()));
        assert_eq!(item_rx.try_iter().count(), 100_000);
    }

    #[test]
    fn right() {
        within(|| {
            let lead = Lead::default();
            // With a bound of 8, the producer waits.
            let items = lead.limited(MANY, 8 + 2);
            thread::scope(|scope| stream(scope, items, 8).for_each(|_| lead.take()));
        });
    }
}

/// Too few items, and no error.
mod a_producer_that_panics_looks_like_one_that_is_done {
    use super::*;

    fn items() -> impl Iterator<Item = usize> + Send {
        (0..10).inspect(|&n| assert!(n < 3, "no more input"))
    }

    #[test]
    fn wrong() {
        within(|| {
            let (item_tx, item_rx) = mpsc::sync_channel(1);
            let producer = thread::spawn(move || items().try_for_each(|n| item_tx.send(n)));
            // The panic drops the sender, the loop ends, and three items pass for all.
            assert!(item_rx.into_iter().eq(0..3));
            // Only who joins the producer and looks at the result is told.
            assert!(producer.join().is_err());
        });
    }

    #[test]
    fn right() {
        within(|| {
            let take_all = || thread::scope(|scope| stream(scope, items(), 1).count());
            assert_eq!(outcome(take_all), Err("no more input".into()));
        });
    }
}

/// One core is at 100 %.
mod a_loop_of_try_recv_spins {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (item_tx, item_rx) = mpsc::channel();
            let turns = Arc::new(AtomicUsize::new(0));
            let seen = Arc::clone(&turns);
            thread::spawn(move || {
                while seen.load(SeqCst) < 1_000 {
                    thread::yield_now();
                }
                item_tx.send(1).unwrap();
            });
            // A thousand turns for one item.
            while item_rx.try_recv() != Ok(1) {
                turns.fetch_add(1, SeqCst);
            }
        });
    }

    #[test]
    fn right() {
        within(|| {
            let (item_tx, item_rx) = mpsc::channel();
            thread::spawn(move || item_tx.send(1));
            // It sleeps until then. (With a shorter limit, it can do something else meanwhile.)
            assert_eq!(item_rx.recv_timeout(LIMIT), Ok(1));
        });
    }
}

/// The threads run one after the other.
mod a_lazy_iterator_starts_one_thread_at_a_time {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let alive = AtomicUsize::new(0);
            let work = || {
                // None of the others has started, or all that have are done.
                assert_eq!(alive.fetch_add(1, SeqCst), 0);
                alive.fetch_sub(1, SeqCst);
            };
            thread::scope(|scope| {
                let threads = (0..3).map(|_| scope.spawn(work));
                threads.for_each(|thread| thread.join().unwrap());
            });
        });
    }

    #[test]
    fn right() {
        within(|| {
            let all_three = Barrier::new(3);
            thread::scope(|scope| {
                let threads = (0..3).map(|_| scope.spawn(|| _ = all_three.wait()));
                let threads: Vec<_> = threads.collect();
                for thread in threads {
                    thread.join().unwrap();
                }
            });
        });
    }
}
