//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::cell::Cell;
use std::num::ParseIntError;
use std::panic::catch_unwind;
use std::sync::mpsc::{self, RecvError, TryRecvError, channel, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use errors::deadline_std::{End, receive_until};
use errors::failure::flatten;
use errors::send_failure_std::SendFailure;
use testkit::{Ledger, Tracked, within};

/// Fails for what is no number, and has a bug with odd ones.
fn halve(text: &str) -> Result<u32, ParseIntError> {
    let n: u32 = text.parse()?;
    assert!(n.is_multiple_of(2), "{n} is odd");
    Ok(n / 2)
}

#[test]
fn a_job_that_panics_leaves_the_caller_waiting() {
    within(|| {
        // Wrong: the worker dies with the job. The caller, who counts on three results and has a
        // `result_tx` left for further workers, would wait for the second.
        let (job_tx, job_rx) = channel();
        let (result_tx, result_rx) = channel();
        let worker_tx = result_tx.clone();
        let worker = thread::spawn(move || {
            for text in job_rx {
                worker_tx.send(halve(text)).unwrap();
            }
        });
        for text in ["2", "3", "4"] {
            // Fails when the worker is dead already.
            let _ = job_tx.send(text);
        }
        assert!(worker.join().is_err());
        assert_eq!(result_rx.recv(), Ok(Ok(1)));
        assert_eq!(result_rx.try_recv(), Err(TryRecvError::Empty));
        drop(result_tx);

        // Right: the panic is the result of its job, and the worker goes on.
        let (job_tx, job_rx) = channel();
        let (result_tx, result_rx) = channel();
        let worker = thread::spawn(move || {
            for text in job_rx {
                let result = flatten(catch_unwind(|| halve(text)));
                result_tx.send(result).unwrap();
            }
        });
        for text in ["2", "3", "four", "4"] {
            job_tx.send(text).unwrap();
        }
        drop(job_tx);
        let results = result_rx.iter().map(|result| match result {
            Ok(half) => half.to_string(),
            Err(failure) => failure.to_string(),
        });
        assert_eq!(
            results.collect::<Vec<_>>(),
            [
                "1",
                "panicked: 3 is odd",
                "invalid digit found in string",
                "2"
            ]
        );
        worker.join().unwrap();
    });
}

#[test]
fn a_send_error_does_not_go_into_anyhow() {
    // Wrong: `job_tx.send(job)?`. That it does not compile is tested in the documentation of
    // `SendFailure`. Wrong, too: its text, since a program can do nothing with that.
    fn submit_with_text(job_tx: &mpsc::Sender<Box<dyn FnOnce() + Send>>) -> anyhow::Result<()> {
        let sent = job_tx.send(Box::new(|| ()));
        sent.map_err(|error| anyhow::anyhow!("{error}"))
    }
    // Right: an error without the message in it.
    fn submit(job_tx: &mpsc::Sender<Box<dyn FnOnce() + Send>>) -> anyhow::Result<()> {
        job_tx.send(Box::new(|| ())).map_err(SendFailure::from)?;
        Ok(())
    }
    let (job_tx, job_rx) = channel();
    drop(job_rx);
    let error = submit_with_text(&job_tx).unwrap_err();
    assert_eq!(error.downcast_ref::<SendFailure>(), None);
    let error = submit(&job_tx).unwrap_err();
    assert_eq!(error.downcast_ref(), Some(&SendFailure::Closed));
}

#[test]
fn a_message_that_was_sent_may_never_be_processed() {
    within(|| {
        // Wrong: a stop that leaves the loop. All sends were `Ok`, and two messages are gone.
        let ledger = Ledger::default();
        let (message_tx, message_rx) = channel();
        for item in ledger.items().take(3) {
            message_tx.send(item).unwrap();
        }
        let mut processed = 0;
        for item in message_rx {
            processed += 1;
            if item.number == 0 {
                break; // Here comes the stop signal.
            }
        }
        assert_eq!((processed, ledger.dropped()), (1, 3));

        // Right: the senders go first, then what is queued is processed.
        let (message_tx, message_rx) = channel();
        for item in ledger.items().take(3) {
            message_tx.send(item).unwrap();
        }
        drop(message_tx);
        assert_eq!(message_rx.iter().count(), 3);

        // Or else: the receiver says what it has processed, and the sender sees what it has not.
        let (request_tx, request_rx) = channel::<(Tracked, mpsc::Sender<usize>)>();
        let mut acknowledgements = Vec::new();
        for item in ledger.items().take(3) {
            let (done_tx, done_rx) = channel();
            request_tx.send((item, done_tx)).unwrap();
            acknowledgements.push(done_rx);
        }
        let (item, done_tx) = request_rx.recv().unwrap();
        done_tx.send(item.number).unwrap();
        drop(request_rx);
        let acknowledged: Vec<_> = acknowledgements.iter().map(mpsc::Receiver::recv).collect();
        assert_eq!(acknowledged, [Ok(0), Err(RecvError), Err(RecvError)]);
    });
}

#[test]
fn a_bounded_crossbeam_channel_keeps_what_nobody_will_receive() {
    within(|| {
        let (request_tx, request_rx) = crossbeam_channel::bounded(1);
        let (reply_tx, reply_rx) = crossbeam_channel::bounded::<u32>(1);
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        // Wrong: to take the end of the replies for granted. The request, and in it the sender of
        // its reply, lives on, for `recv` to wait for.
        assert_eq!(
            reply_rx.try_recv(),
            Err(crossbeam_channel::TryRecvError::Empty)
        );
        // It goes with the last sender.
        drop(request_tx);
        assert_eq!(reply_rx.recv(), Err(crossbeam_channel::RecvError));

        // Right: std's, and crossbeam's unbounded one, drop what is queued with the receiver.
        let (request_tx, request_rx) = sync_channel(1);
        let (reply_tx, reply_rx) = channel::<u32>();
        request_tx.send(reply_tx).unwrap();
        drop(request_rx);
        assert_eq!(reply_rx.recv(), Err(RecvError));
    });
}

#[test]
fn a_time_limit_in_a_loop_is_an_idle_limit() {
    const TIME_LIMIT: Duration = Duration::from_millis(50);
    within(|| {
        let twenty_one = || {
            let (message_tx, message_rx) = channel();
            (0..21).for_each(|n| message_tx.send(n).unwrap());
            message_rx
        };
        // By this clock, each message takes ten milliseconds.
        let clock = Cell::new(Instant::now());
        let process = |_| clock.set(clock.get() + Duration::from_millis(10));

        // Wrong: each turn starts the limit anew.
        let start = clock.get();
        let message_rx = twenty_one();
        while let Ok(n) = message_rx.recv_timeout(TIME_LIMIT) {
            process(n);
        }
        assert_eq!(clock.get() - start, Duration::from_millis(210));

        // Wrong: what is left of the limit, without a look at whether anything is. When nothing is
        // left, `recv_timeout` still takes what is queued.
        let start = clock.get();
        let deadline = start + TIME_LIMIT;
        let message_rx = twenty_one();
        while let Ok(n) = message_rx.recv_timeout(deadline.saturating_duration_since(clock.get())) {
            process(n);
        }
        assert_eq!(clock.get() - start, Duration::from_millis(210));

        // Wrong, for the same reason: crossbeam's deadline, alone.
        let (message_tx, message_rx) = crossbeam_channel::unbounded();
        (0..21).for_each(|n| message_tx.send(n).unwrap());
        let past = Instant::now();
        assert_eq!(message_rx.recv_deadline(past), Ok(0));

        // Right: one deadline, outside the loop, and a look at the clock in each turn.
        let start = clock.get();
        let message_rx = twenty_one();
        let end = receive_until(&message_rx, start + TIME_LIMIT, || clock.get(), process);
        assert_eq!((clock.get() - start, end), (TIME_LIMIT, End::TimedOut));
        assert_eq!(message_rx.iter().count(), 16);
    });
}

#[test]
fn a_panic_behind_a_dropped_handle_is_not_seen() {
    within(|| {
        // Sends what it halves, where there is anything to halve.
        let start = |text: &'static str| {
            let (result_tx, result_rx) = channel();
            let worker = thread::spawn(move || {
                if !text.is_empty() {
                    result_tx.send(halve(text)?).expect("the caller waits");
                }
                Ok::<_, ParseIntError>(())
            });
            (worker, result_rx)
        };
        // Wrong: without their handles, a worker that panicked and one that failed look like one
        // that had nothing to send.
        let seen = ["", "3", "three"].map(|text| {
            let (worker, result_rx) = start(text);
            drop(worker);
            result_rx.recv()
        });
        assert_eq!(seen, [Err(RecvError); 3]);

        // Right: they are joined, and what `join` says is looked at.
        let seen = ["", "3", "three"].map(|text| {
            let (worker, result_rx) = start(text);
            let nothing = result_rx.recv().is_err();
            let failure = flatten(worker.join()).err();
            failure.map_or(format!("nothing: {nothing}"), |failure| failure.to_string())
        });
        assert_eq!(
            seen,
            [
                "nothing: true",
                "panicked: 3 is odd",
                "invalid digit found in string"
            ]
        );
    });
}

#[test]
fn joins_collected_into_a_result_leave_threads_behind() {
    within(|| {
        // The first fails at once, the second works until it is released.
        let start = || {
            let (release_tx, release_rx) = channel::<()>();
            let (done_tx, done_rx) = channel();
            let second = thread::spawn(move || {
                // It is released by the end of `release_tx`.
                let _ = release_rx.recv();
                done_tx.send("done").expect("the test waits");
                Ok(2)
            });
            let workers = [thread::spawn(|| halve("three")), second];
            (workers, release_tx, done_rx)
        };
        // Wrong: `collect` stops at the first error. It returns, and the second is still at work.
        let (workers, release_tx, done_rx) = start();
        let joins = workers.into_iter().map(|worker| flatten(worker.join()));
        assert!(joins.collect::<Result<Vec<_>, _>>().is_err());
        assert_eq!(done_rx.try_recv(), Err(TryRecvError::Empty));
        drop(release_tx);
        assert_eq!(done_rx.recv(), Ok("done"));

        // Right: join them all, then look.
        let (workers, release_tx, done_rx) = start();
        drop(release_tx);
        let ended = workers.map(|worker| flatten(worker.join()));
        assert_eq!(done_rx.try_recv(), Ok("done"));
        assert!(ended.into_iter().collect::<Result<Vec<_>, _>>().is_err());
    });
}

#[test]
fn receiving_from_oneself_never_ends() {
    within(|| {
        // Wrong: `recv`, where the only sender is here, too. Nobody else can send or hang up.
        let (message_tx, message_rx) = channel::<u32>();
        assert_eq!(message_rx.try_recv(), Err(TryRecvError::Empty));
        // Right: a sender that is not needed goes first.
        drop(message_tx);
        assert_eq!(message_rx.recv(), Err(RecvError));
    });
}
