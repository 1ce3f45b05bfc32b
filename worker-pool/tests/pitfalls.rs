//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, thread};

use super::support::Gate;
use crossbeam_channel::{TryRecvError, TrySendError, unbounded};
use testkit::{LIMIT, count, within};
use worker_pool::{pool, std_only, with_rayon};

type Job = Box<dyn FnOnce() + Send>;

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

/// Two jobs, the first of which waits up to `limit` for the second to run; and what it saw.
fn meeting(limit: Duration) -> (Job, Job, mpsc::Receiver<Result<(), RecvTimeoutError>>) {
    let (met_tx, met_rx) = mpsc::channel();
    let (saw_tx, saw_rx) = mpsc::channel();
    let first = Box::new(move || {
        saw_tx
            .send(met_rx.recv_timeout(limit))
            .expect("the test waits");
    });
    // Fails when the first has given up.
    let second = Box::new(move || met_tx.send(()).unwrap_or_default());
    (first, second, saw_rx)
}

#[test]
fn a_guard_that_lives_through_the_job_makes_the_workers_queue() {
    within(|| {
        // Wrong: the guard of `lock()` lives to the end of the body, in edition 2024 too.
        let (job_tx, job_rx) = mpsc::channel::<Job>();
        let job_rx = Arc::new(Mutex::new(job_rx));
        let workers = [(), ()].map(|()| {
            let job_rx = Arc::clone(&job_rx);
            thread::spawn(move || {
                while let Ok(job) = job_rx.lock().unwrap().recv() {
                    job();
                }
            })
        });
        // The second job cannot be taken while the first holds the lock.
        let (first, second, saw_rx) = meeting(IN_VAIN);
        job_tx.send(first).unwrap();
        job_tx.send(second).unwrap();
        assert_eq!(saw_rx.recv(), Ok(Err(RecvTimeoutError::Timeout)));
        drop(job_tx);
        for worker in workers {
            worker.join().unwrap();
        }

        // Right: received in a statement of its own.
        let pool = std_only::Pool::new(count(2), 2).unwrap();
        let (first, second, saw_rx) = meeting(LIMIT);
        pool.execute(first);
        pool.execute(second);
        assert_eq!(saw_rx.recv(), Ok(Ok(())));
    });
}

#[test]
fn a_pool_that_keeps_its_sender_waits_for_ever() {
    within(|| {
        let (job_tx, job_rx) = unbounded::<Job>();
        let worker_rx = job_rx.clone();
        let worker = thread::spawn(move || worker_rx.into_iter().for_each(|job| job()));
        // Wrong: this drops a clone. `recv` in the worker goes on waiting, and so would `join`.
        drop(job_tx.clone());
        assert_eq!(job_rx.try_recv().err(), Some(TryRecvError::Empty));
        // Right: first the sender itself, then join.
        drop(job_tx);
        assert_eq!(job_rx.try_recv().err(), Some(TryRecvError::Disconnected));
        worker.join().unwrap();
    });
}

#[test]
fn a_panic_takes_a_worker_with_it() {
    within(|| {
        // Wrong: the thread dies with its job. With the last of them, `execute` panics as well.
        let (job_tx, job_rx) = unbounded::<Job>();
        let worker = thread::spawn(move || job_rx.into_iter().for_each(|job| job()));
        job_tx.send(Box::new(|| panic_any("a bad job"))).unwrap();
        assert!(worker.join().is_err());
        assert!(job_tx.send(Box::new(|| ())).is_err());

        // Right: caught for each job.
        let pool = pool::Pool::new(count(1), 1, drop).unwrap();
        pool.execute(|| panic_any("a bad job")).unwrap();
        pool.execute(|| ()).unwrap();
        let report = pool.drain();
        assert_eq!((report.completed, report.failed), (1, 1));
    });
}

/// Wrong: `expect` or `unwrap` in `drop`.
struct PanicsInDrop(Option<thread::JoinHandle<()>>);

impl Drop for PanicsInDrop {
    fn drop(&mut self) {
        let worker = self.0.take().expect("it is dropped once");
        worker.join().expect("what this line gets wrong");
    }
}

#[test]
fn a_panic_in_drop_aborts_the_process() {
    const CHILD: &str = "POOL_PITFALL_CHILD";
    let with_a_failed_job = || thread::spawn(|| panic_any("a bad job"));
    if env::var_os(CHILD).is_some() {
        // The drop panics while a panic is under way: the end of the process.
        let _pool = PanicsInDrop(Some(with_a_failed_job()));
        panic_any("the owner's own");
    }
    let this_test = ["--exact", "pitfalls::a_panic_in_drop_aborts_the_process"];
    let child = Command::new(env::current_exe().unwrap())
        .args(this_test)
        .env(CHILD, "1")
        .output();
    assert_eq!(
        child.unwrap().status.signal(),
        Some(signal_hook::consts::SIGABRT)
    );

    // Right: the owner's panic is caught, with a pool that has a failed job.
    within(|| {
        let payload = catch_unwind(AssertUnwindSafe(|| {
            let pool = pool::Pool::new(count(1), 1, drop).unwrap();
            pool.execute(|| panic_any("a bad job")).unwrap();
            panic_any("the owner's own")
        }));
        assert_eq!(
            payload.unwrap_err().downcast_ref(),
            Some(&"the owner's own")
        );
    });
}

#[test]
#[cfg(target_os = "linux")]
fn a_thread_that_joins_itself_panics() {
    within(|| {
        // Wrong: what a pool does whose last owner is dropped in one of its jobs.
        let (handle_tx, handle_rx) = mpsc::channel::<thread::JoinHandle<()>>();
        let (seen_tx, seen_rx) = mpsc::channel();
        let worker = thread::spawn(move || {
            let own = handle_rx.recv().unwrap();
            seen_tx
                .send(catch_unwind(AssertUnwindSafe(|| own.join())).is_err())
                .unwrap();
        });
        handle_tx.send(worker).unwrap();
        assert_eq!(seen_rx.recv(), Ok(true));

        // Right: the pool leaves out the thread that it is dropped on.
        let pool = Arc::new(pool::Pool::new(count(1), 1, drop).unwrap());
        let (last, account) = (Arc::clone(&pool), pool.account());
        let (gate, in_gate) = Gate::new();
        let (dropped_tx, dropped_rx) = mpsc::channel();
        let job = move || {
            in_gate();
            drop(last);
            dropped_tx.send(()).unwrap();
        };
        pool.execute(job).unwrap();
        gate.wait_until_entered();
        drop(pool);
        gate.open();
        assert_eq!(dropped_rx.recv(), Ok(()));
        assert_eq!(account.report().failed, 0);
    });
}

#[test]
fn an_unbounded_queue_takes_all_there_is() {
    within(|| {
        // Wrong: nobody has run a single job, and there is room for every one.
        let (job_tx, job_rx) = unbounded::<Job>();
        for _ in 0..100_000 {
            job_tx.send(Box::new(|| ())).unwrap();
        }
        assert_eq!(job_rx.len(), 100_000);

        // Right: with the worker busy and the queue full, the job comes back.
        let pool = pool::Pool::new(count(1), 1, drop).unwrap();
        let (gate, job) = Gate::new();
        pool.execute(job).unwrap();
        gate.wait_until_entered();
        pool.try_execute(|| ()).unwrap();
        assert!(matches!(
            pool.try_execute(|| ()),
            Err(TrySendError::Full(_))
        ));
        gate.open();
    });
}

#[test]
fn rayon_jobs_that_wait_for_one_another_starve() {
    within(|| {
        let rayon = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        // Wrong: the first job holds the only thread, so that the second cannot come.
        let (first, second, saw_rx) = meeting(IN_VAIN);
        with_rayon::run(&rayon, vec![first, second]);
        assert_eq!(saw_rx.recv(), Ok(Err(RecvTimeoutError::Timeout)));

        // Right: a thread for each job that may wait, and none of them rayon's.
        let pool = pool::Pool::new(count(2), 2, drop).unwrap();
        let (first, second, saw_rx) = meeting(LIMIT);
        pool.execute(first).unwrap();
        pool.execute(second).unwrap();
        assert_eq!(saw_rx.recv(), Ok(Ok(())));
    });
}
