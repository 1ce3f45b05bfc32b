//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::{Condvar, Mutex, OnceLock, mpsc};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{TryRecvError, unbounded};
use multi_producer::broadcast::{Publisher, WhenFull};
use multi_producer::latest::slot;
use multi_producer::merge::merge;
use multi_producer::mpmc::share_out;
use testkit::{panic_of, within};

/// `for item in item_rx` never ends.
mod the_first_sender_keeps_the_loop_waiting {
    use super::*;

    /// What three threads send with clones of a sender, which have all ended.
    fn sent() -> (mpsc::Sender<usize>, mpsc::Receiver<usize>) {
        let (item_tx, item_rx) = mpsc::channel();
        thread::scope(|scope| {
            for n in 0..3 {
                let item_tx = item_tx.clone();
                scope.spawn(move || item_tx.send(n));
            }
        });
        (item_tx, item_rx)
    }

    #[test]
    fn wrong() {
        within(|| {
            let (_item_tx, item_rx) = sent();
            assert_eq!(item_rx.try_iter().count(), 3);
            // The loop would wait for the one that is still here.
            assert_eq!(item_rx.try_recv(), Err(mpsc::TryRecvError::Empty));
        });
    }

    #[test]
    fn right() {
        within(|| {
            let (item_tx, item_rx) = sent();
            drop(item_tx);
            assert_eq!(item_rx.iter().count(), 3);
        });
    }
}

/// The same, though all threads have ended: nobody drops a static.
mod a_sender_in_a_static_lives_forever {
    use super::*;

    #[test]
    fn wrong() {
        static LOG: OnceLock<mpsc::Sender<u8>> = OnceLock::new();

        let (log_tx, log_rx) = mpsc::channel();
        LOG.set(log_tx).unwrap();
        thread::spawn(|| LOG.get().unwrap().send(1))
            .join()
            .unwrap()
            .unwrap();
        assert_eq!(log_rx.recv(), Ok(1));
        assert_eq!(log_rx.try_recv(), Err(mpsc::TryRecvError::Empty));
    }

    #[test]
    fn right() {
        static LOG: Mutex<Option<mpsc::Sender<u8>>> = Mutex::new(None);

        let (log_tx, log_rx) = mpsc::channel();
        *LOG.lock().unwrap() = Some(log_tx);
        thread::spawn(|| LOG.lock().unwrap().as_ref().unwrap().send(1))
            .join()
            .unwrap()
            .unwrap();
        LOG.lock().unwrap().take();
        assert!(within(move || log_rx.iter().eq([1])));
    }
}

/// Each subscriber gets only some of the messages.
mod cloned_receivers_compete {
    use super::*;

    #[test]
    fn wrong() {
        let (message_tx, first_rx) = unbounded();
        let second_rx = first_rx.clone();
        (0..2).for_each(|n| message_tx.send(n).unwrap());
        assert_eq!((first_rx.recv(), second_rx.recv()), (Ok(0), Ok(1)));
        assert_eq!(first_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        let mut publisher = Publisher::new();
        let [first, second] = [0; 2].map(|_| publisher.subscribe(2, WhenFull::Wait));
        (0..2).for_each(|n| _ = publisher.publish(n));
        drop(publisher);
        assert!(first.messages.iter().eq(0..2));
        assert!(second.messages.iter().eq(0..2));
    }
}

/// The program ends before the work does, or long after.
mod a_sleep_is_no_join {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (message_tx, message_rx) = unbounded();
            let (go_tx, go_rx) = unbounded::<()>();
            // However long the sleep is, one day the work takes longer: here, until it is let go.
            let consumer = thread::spawn(move || {
                message_rx
                    .iter()
                    .filter(|_: &u8| go_rx.recv().is_err())
                    .count()
            });
            message_tx.send(1).unwrap();
            drop(message_tx);
            #[expect(clippy::disallowed_methods, reason = "the mistake that is shown here")]
            thread::sleep(Duration::from_millis(20));
            assert!(!consumer.is_finished());
            drop(go_tx);
            assert_eq!(consumer.join().unwrap(), 1);
        });
    }

    #[test]
    fn right() {
        within(|| {
            // It joins its threads before it returns.
            let shares = share_out([0..2, 2..3], 2, 1, |messages| messages.iter().count());
            assert_eq!(shares.iter().sum::<usize>(), 3);
        });
    }
}

/// A stream is too short, and there is no error.
mod a_producer_that_panics_looks_like_one_that_is_done {
    use super::*;

    fn source() -> impl Iterator<Item = usize> + Send {
        (0..100).inspect(|&n| assert!(n < 20, "item 20 is bad"))
    }

    #[test]
    fn wrong() {
        within(|| {
            let (item_tx, item_rx) = mpsc::channel();
            // The panic drops the sender, as a normal end does.
            let producer = thread::spawn(move || source().try_for_each(|n| item_tx.send(n)));
            assert_eq!(item_rx.iter().count(), 20);
            assert!(producer.join().is_err());
        });
    }

    #[test]
    fn right() {
        within(|| {
            let message = panic_of(|| thread::scope(|scope| merge(scope, [source()], 1).count()));
            assert_eq!(message, "item 20 is bad");
        });
    }
}

/// A reader waits forever, though the value is there.
mod a_notify_before_the_wait_is_lost {
    use super::*;

    #[test]
    fn wrong() {
        let (value, changed) = (Mutex::new(None), Condvar::new());
        *value.lock().unwrap() = Some(1);
        changed.notify_all();
        // A reader that comes now, and waits without a look.
        let limit = Duration::from_millis(20);
        let waited = changed.wait_timeout_while(value.lock().unwrap(), limit, |_| true);
        let (value, waited) = waited.unwrap();
        assert_eq!((*value, waited.timed_out()), (Some(1), true));
    }

    #[test]
    fn right() {
        within(|| {
            // It looks under the lock before it waits.
            let (writer, mut reader) = slot();
            writer.set(1);
            assert_eq!(reader.next(), Some(1));
        });
    }
}
