//! Mistakes that people make, over the same primitives: the harness must find them.

use std::panic::resume_unwind;

use verify::explore::{failure_of, replay};
use verify::model::crossbeam_channel::{self, bounded, unbounded};
use verify::model::std::sync::mpsc::sync_channel;
use verify::model::std::sync::{Arc, Mutex};
use verify::model::std::thread;

/// The message of the failure that the harness finds, and finds again under its schedule.
fn found(scenario: impl Fn() + Copy + Send + Sync + 'static) -> String {
    let failure = failure_of(scenario);
    let again = replay(&failure.schedule, scenario);
    assert_eq!(again.as_ref(), Err(&failure));
    failure.message
}

fn assert_hangs(scenario: impl Fn() + Copy + Send + Sync + 'static) {
    let message = found(scenario);
    assert!(message.starts_with("deadlock"), "{message}");
}

/// Sends all before it looks at the results: both channels fill up, and everybody waits.
#[test]
fn bounded_send_all_then_collect_hangs() {
    assert_hangs(|| {
        let (job_tx, job_rx) = bounded(1);
        let (result_tx, result_rx) = bounded(1);
        let worker = thread::spawn(move || {
            for job in job_rx {
                if result_tx.send(job).is_err() {
                    break;
                }
            }
        });
        for n in 0..4 {
            job_tx.send(n).expect("the worker is there");
        }
        drop(job_tx);
        assert_eq!(result_rx.iter().count(), 4);
        worker.join().expect("it does not panic");
    });
}

/// A pool whose drop joins the workers while it still has the sender: it drops a clone.
#[test]
fn a_pool_that_drops_a_clone_of_its_sender_hangs() {
    struct Pool {
        job_tx: crossbeam_channel::Sender<u64>,
        workers: Vec<thread::JoinHandle<()>>,
    }

    impl Drop for Pool {
        fn drop(&mut self) {
            drop(self.job_tx.clone());
            for worker in self.workers.drain(..) {
                worker.join().expect("it does not panic");
            }
        }
    }

    assert_hangs(|| {
        let (job_tx, job_rx) = unbounded();
        let workers = (0..2)
            .map(|_| {
                let job_rx = job_rx.clone();
                thread::spawn(move || job_rx.iter().for_each(drop))
            })
            .collect();
        let pool = Pool { job_tx, workers };
        pool.job_tx.send(1).expect("the workers are there");
        drop(pool);
    });
}

/// Leaves the loop at the stop, with jobs in the queue.
#[test]
fn a_shutdown_that_does_not_drain_loses_messages() {
    let message = found(|| {
        let (stop_tx, stop_rx) = bounded::<()>(1);
        let (job_tx, job_rx) = unbounded();
        let worker = thread::spawn(move || {
            let mut done = 0;
            while stop_rx.try_recv().is_err() {
                match job_rx.try_recv() {
                    Ok(()) => done += 1,
                    Err(_) => thread::yield_now(),
                }
            }
            done
        });
        for () in [(); 3] {
            job_tx.send(()).expect("the worker is there");
        }
        stop_tx.send(()).expect("the worker is there");
        let done = worker.join().expect("it does not panic");
        assert!(done == 3, "accepted 3, processed {done}");
    });
    assert!(message.contains("accepted 3"), "{message}");
}

/// A worker that panics takes its job along, and the caller waits for a result that never comes:
/// it keeps a sender of results itself.
#[test]
fn a_panic_without_a_word_hangs_the_caller() {
    assert_hangs(|| {
        let (result_tx, result_rx) = bounded::<u64>(1);
        let worker_tx = result_tx.clone();
        let worker = thread::spawn(move || {
            let _worker_tx = worker_tx;
            // A panic without the message of the hook.
            resume_unwind(Box::new("failed"));
        });
        let result = result_rx.recv();
        drop(result_tx);
        assert!(worker.join().is_err() && result.is_err());
    });
}

/// Two threads that each hold the lock that the other wants.
#[test]
fn locks_taken_in_two_orders_hang() {
    assert_hangs(|| {
        let (a, b) = (Arc::new(Mutex::new(())), Arc::new(Mutex::new(())));
        let (a2, b2) = (Arc::clone(&a), Arc::clone(&b));
        let other = thread::spawn(move || {
            let _b = b2.lock();
            let _a = a2.lock();
        });
        let guards = (a.lock(), b.lock());
        drop(guards);
        other.join().expect("it does not panic");
    });
}

/// Between a look at the channel and what one does about it, others go on.
#[test]
fn a_look_before_a_send_is_no_reservation() {
    let message = found(|| {
        let (tx, rx) = sync_channel(1);
        let taken = Arc::new(Mutex::new(false));
        let senders: Vec<_> = [0, 1]
            .map(|n| {
                let (tx, taken) = (tx.clone(), Arc::clone(&taken));
                thread::spawn(move || {
                    let free = !*taken.lock().expect("nobody panics with it");
                    if free {
                        *taken.lock().expect("nobody panics with it") = true;
                        tx.try_send(n).expect("it has seen room");
                    }
                })
            })
            .into();
        let results: Vec<_> = senders.into_iter().map(thread::JoinHandle::join).collect();
        drop(rx);
        assert!(results.iter().all(Result::is_ok), "one found it full");
    });
    let messages = ["one found it full", "it has seen room"];
    assert!(messages.iter().any(|m| message.contains(m)), "{message}");
}
