//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::num::ParseIntError;
use std::panic::catch_unwind;
use std::sync::mpsc::{Receiver, RecvError, Sender, TryRecvError, channel, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use errors::failure::{Failure, flatten};
use testkit::{Ledger, Tracked, within};

/// Fails for what is no number, and has a bug with odd ones.
fn halve(text: &str) -> Result<u32, ParseIntError> {
    let n: u32 = text.parse()?;
    assert!(n.is_multiple_of(2), "{n} is odd");
    Ok(n / 2)
}

/// A caller waits forever for a result.
mod a_job_that_panics_takes_its_worker_with_it {
    use super::*;

    const JOBS: [&str; 3] = ["2", "3", "4"];

    #[test]
    fn wrong() {
        within(|| {
            let (result_tx, result_rx) = channel();
            let worker_tx = result_tx.clone(); // The caller keeps one, for further workers.
            let work = move || JOBS.map(|text| worker_tx.send(halve(text)));
            assert!(thread::spawn(work).join().is_err());
            assert_eq!(result_rx.recv(), Ok(Ok(1)));
            // `recv` would wait for the second.
            assert_eq!(result_rx.try_recv(), Err(TryRecvError::Empty));
        });
    }

    #[test]
    fn right() {
        within(|| {
            let (result_tx, result_rx) = channel();
            // The panic is the result of its job, and the worker goes on.
            let caught = |text| flatten(catch_unwind(|| halve(text)));
            let work = move || JOBS.map(|text| result_tx.send(caught(text)));
            assert!(thread::spawn(work).join().is_ok());
            let failed = Err(Failure::Panicked("3 is odd".into()));
            assert!(result_rx.iter().eq([Ok(1), failed, Ok(2)]));
        });
    }
}

/// `tx.send(job)?` does not compile with anyhow, as the example of `SendFailure` shows.
mod a_send_error_does_not_go_into_anyhow {
    use super::*;
    use errors::send_failure::SendFailure;

    type Job = Box<dyn FnOnce() + Send>;

    #[test]
    fn wrong() {
        // Its text alone: a program can do nothing with that.
        let (job_tx, _) = channel::<Job>();
        let sent = job_tx.send(Box::new(|| ()));
        let error = sent.map_err(|error| anyhow::anyhow!("{error}"));
        assert_eq!(error.unwrap_err().downcast_ref::<SendFailure>(), None);
    }

    #[test]
    fn right() {
        fn submit(job_tx: &Sender<Job>, job: Job) -> anyhow::Result<()> {
            Ok(job_tx.send(job).map_err(SendFailure::from)?)
        }
        let (job_tx, _) = channel();
        let error = submit(&job_tx, Box::new(|| ())).unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&SendFailure::Closed));
    }
}

/// `send` was `Ok`, and nothing was done.
mod what_is_queued_is_lost_with_the_receiver {
    use super::*;

    fn three(ledger: &Ledger) -> (Sender<Tracked>, Receiver<Tracked>) {
        let (message_tx, message_rx) = channel();
        for item in ledger.items().take(3) {
            message_tx.send(item).expect("the receiver is here");
        }
        (message_tx, message_rx)
    }

    #[test]
    fn wrong() {
        let ledger = Ledger::default();
        let (_message_tx, message_rx) = three(&ledger);
        // Here comes a stop signal that leaves the loop after the first.
        assert_eq!(message_rx.into_iter().take(1).count(), 1);
        assert_eq!(ledger.dropped(), 3);
    }

    #[test]
    fn right() {
        let (message_tx, message_rx) = three(&Ledger::default());
        drop(message_tx); // Then what is queued is processed.
        assert_eq!(message_rx.iter().count(), 3);
    }

    #[test]
    fn right_too() {
        // The receiver says what it has processed, and the sender sees what it has not.
        let (request_tx, request_rx) = channel();
        let acknowledgements = [1, 2, 3].map(|request| {
            let (done_tx, done_rx) = channel();
            request_tx.send((request, done_tx)).unwrap();
            done_rx
        });
        let (request, done_tx) = request_rx.recv().unwrap();
        done_tx.send(request).unwrap();
        drop((request_rx, done_tx));
        let acknowledged = acknowledgements.map(|done_rx| done_rx.recv());
        assert_eq!(acknowledged, [Ok(1), Err(RecvError), Err(RecvError)]);
    }
}

/// A reply never comes from a server that is gone.
mod a_bounded_crossbeam_channel_keeps_what_nobody_will_receive {
    use super::*;
    use crossbeam_channel::{TryRecvError, bounded};

    #[test]
    fn wrong() {
        let (request_tx, request_rx) = bounded(1);
        let (reply_tx, reply_rx) = bounded::<u32>(1);
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        // The request lives on, and in it the sender of its reply, for which `recv` would wait.
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Empty));
        // It goes with the last sender.
        drop(request_tx);
        assert_eq!(reply_rx.try_recv(), Err(TryRecvError::Disconnected));
    }

    #[test]
    fn right() {
        // std's, and crossbeam's unbounded one, drop what is queued with the receiver.
        let (request_tx, request_rx) = sync_channel(1);
        let (reply_tx, reply_rx) = channel::<u32>();
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        assert_eq!(reply_rx.recv(), Err(RecvError));
    }
}

/// A limit of 50 ms, and the loop runs for 210 ms; or the deadline has passed, and it goes on.
mod a_time_limit_in_a_loop_is_an_idle_limit {
    use super::*;
    use errors::deadline::receive_within;

    const TIME_LIMIT: Duration = Duration::from_millis(5);

    fn twenty_one() -> Receiver<u32> {
        let (message_tx, message_rx) = channel();
        (0..21).for_each(|n| message_tx.send(n).expect("the receiver is here"));
        message_rx
    }

    /// Takes a fifth of the limit.
    fn process() {
        let (_tx, rx) = channel::<()>();
        assert!(rx.recv_timeout(TIME_LIMIT / 5).is_err());
    }

    #[test]
    fn wrong() {
        let message_rx = twenty_one();
        // Each turn starts the limit anew.
        while message_rx.recv_timeout(TIME_LIMIT).is_ok() {
            process();
        }
        assert_eq!(message_rx.iter().count(), 0);
    }

    #[test]
    fn wrong_too() {
        let message_rx = twenty_one();
        let deadline = Instant::now() + TIME_LIMIT;
        let left = || deadline.saturating_duration_since(Instant::now());
        // With no time left, it still takes what is queued. So does crossbeam's `recv_deadline`.
        while message_rx.recv_timeout(left()).is_ok() {
            process();
        }
        assert_eq!(message_rx.iter().count(), 0);
    }

    #[test]
    fn right() {
        let message_rx = twenty_one();
        // One deadline, made before the loop, and a look at the clock in each turn.
        receive_within(&message_rx, TIME_LIMIT).for_each(|_| process());
        assert!(message_rx.iter().count() >= 16);
    }
}

/// A panic that nobody sees.
mod a_dropped_handle_hides_a_panic {
    use super::*;

    /// Sends the half of what is odd, or would.
    fn start() -> (JoinHandle<Result<(), ParseIntError>>, Receiver<u32>) {
        let (result_tx, result_rx) = channel();
        let worker = thread::spawn(move || {
            result_tx.send(halve("3")?).expect("it is no half");
            Ok(())
        });
        (worker, result_rx)
    }

    #[test]
    fn wrong() {
        // It looks like a worker that had nothing to send.
        let (_, result_rx) = start();
        assert_eq!(result_rx.recv(), Err(RecvError));
    }

    #[test]
    fn right() {
        let (worker, _result_rx) = start();
        let failed = Err(Failure::Panicked("3 is odd".into()));
        assert_eq!(flatten(worker.join()), failed);
    }
}

/// Threads still run after the error was returned.
mod joins_collected_into_a_result_leave_threads_behind {
    use super::*;

    type Worker = JoinHandle<Result<u32, ParseIntError>>;

    /// The first fails at once, the second works until it is released.
    fn start() -> ([Worker; 2], Sender<()>, Receiver<&'static str>) {
        let (release_tx, release_rx) = channel::<()>();
        let (done_tx, done_rx) = channel();
        let first = thread::spawn(|| halve("three"));
        let second = thread::spawn(move || {
            let _ = release_rx.recv(); // Released by the end of `release_tx`.
            let _ = done_tx.send("done"); // The test may be over.
            Ok(2)
        });
        ([first, second], release_tx, done_rx)
    }

    #[test]
    fn wrong() {
        let (workers, _release_tx, done_rx) = start();
        let joins = workers.into_iter().map(|worker| flatten(worker.join()));
        // Stops at the first error, and the second is still at work.
        assert!(joins.collect::<Result<Vec<_>, _>>().is_err());
        assert_eq!(done_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        let (workers, release_tx, done_rx) = start();
        drop(release_tx);
        // Joins them all, then looks.
        let ended = workers.map(|worker| flatten(worker.join()));
        assert_eq!(done_rx.try_recv(), Ok("done"));
        assert!(ended.into_iter().collect::<Result<Vec<_>, _>>().is_err());
    }
}

/// `recv` never returns.
mod a_sender_of_one_s_own_keeps_recv_waiting {
    use super::*;

    #[test]
    fn wrong() {
        // Nobody else can send or hang up: `recv` would wait for this very function.
        let (_message_tx, message_rx) = channel::<u32>();
        assert_eq!(message_rx.try_recv(), Err(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        let (message_tx, message_rx) = channel::<u32>();
        drop(message_tx);
        assert_eq!(message_rx.recv(), Err(RecvError));
    }
}
