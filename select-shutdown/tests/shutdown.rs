//! What `shutdown` promises. What `std_only` promises too has the same tests.
//! - the stop comes before queued items: `the_stop_comes_before_queued_items`
//! - it is a message or the loss of all senders: `a_stop_is_a_message_or_the_loss_of_all_senders`
//! - the limit of the drain, and the item in progress: `a_drain_ends_at_its_limit`

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, bounded};
use select_shutdown::shutdown as pattern;
use testkit::{ROUNDS, within};

use pattern::{Intake, Report, Worker};

#[path = "variants/worker.rs"]
mod variants;

type Stop = Box<dyn FnOnce()>;
type Run<T> = Box<dyn FnOnce(&mut dyn FnMut(T)) -> Report + Send>;

/// An intake; what stops its worker, which drains the queue or abandons it; and what runs it.
fn worker<T: Send + 'static>(capacity: usize, drain: bool) -> (Arc<Intake<T>>, Stop, Run<T>) {
    let (intake, worker) = Worker::new(capacity);
    let (stop_tx, stop_rx) = bounded::<()>(0);
    let limit = if drain { Duration::MAX } else { Duration::ZERO };
    let run = move |work: &mut dyn FnMut(T)| worker.run(&stop_rx, limit, work);
    (intake, Box::new(|| drop(stop_tx)), Box::new(run))
}

/// A stop that has been given.
fn stopped() -> Receiver<()> {
    bounded(0).1
}

#[test]
fn the_stop_comes_before_queued_items() {
    within(|| {
        // A choice at random would be right in each round with a chance of one half.
        for _ in 0..ROUNDS {
            let (intake, stop, run) = worker(4, false);
            (0..4).try_for_each(|n| intake.send(n)).unwrap();
            stop();
            assert_eq!(run(&mut drop).abandoned, 4);
        }
    });
}

#[test]
fn a_stop_is_a_message_or_the_loss_of_all_senders() {
    within(|| {
        let (stop_tx, told_rx) = bounded(1);
        stop_tx.send(()).unwrap();
        for stop_rx in [told_rx, stopped()] {
            let (_intake, worker) = Worker::<u8>::new(1);
            assert_eq!(worker.run(&stop_rx, Duration::MAX, drop), Report::default());
        }
    });
}

#[test]
fn a_drain_ends_at_its_limit() {
    within(|| {
        let limit = Duration::from_micros(20);
        let (intake, worker) = Worker::new(5);
        (0..5).try_for_each(|n| intake.send(n)).unwrap();
        let mut ended = 0;
        let report = worker.run(&stopped(), limit, |_| {
            let begun = Instant::now();
            while begun.elapsed() <= limit {
                thread::yield_now();
            }
            ended += 1;
        });
        // One, which is not cut short; or none, where this thread is held up before it.
        assert!(report.completed <= 1, "{report:?}");
        assert_eq!((report.completed, report.abandoned), (ended, 5 - ended));
    });
}
