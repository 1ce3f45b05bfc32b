//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::os::unix::process::ExitStatusExt;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, mem, thread};

use crossbeam_channel::{TryRecvError, bounded, unbounded};
use testkit::{LIMIT, Ledger, panic_of, within};
use worker_pool::pool::Pool;
use worker_pool::tracker::Tracker;
use worker_pool::{std_only, with_rayon};

use super::support::gate;

type Job = Box<dyn FnOnce() + Send>;

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

fn start(workers: usize, queue: usize) -> Pool {
    Pool::start(workers, queue).expect("some threads start")
}

/// Two jobs, the first of which waits up to `limit` for the second to run; and what it saw.
fn meeting(limit: Duration) -> (Job, Job, mpsc::Receiver<Result<(), RecvTimeoutError>>) {
    let (met_tx, met_rx) = mpsc::channel();
    let (saw_tx, saw_rx) = mpsc::channel();
    let first = Box::new(move || {
        let saw = met_rx.recv_timeout(limit);
        saw_tx.send(saw).expect("the test waits");
    });
    // Fails when the first has given up.
    let second = Box::new(move || met_tx.send(()).unwrap_or_default());
    (first, second, saw_rx)
}

/// Only one job runs at a time, however many workers there are.
mod a_guard_that_lives_through_the_job_makes_workers_queue {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (job_tx, job_rx) = mpsc::channel::<Job>();
            let job_rx = Arc::new(Mutex::new(job_rx));
            for _ in 0..2 {
                let job_rx = Arc::clone(&job_rx);
                thread::spawn(move || {
                    // The guard of `lock()` lives to the end of the body, in edition 2024 too.
                    while let Ok(job) = job_rx.lock().unwrap().recv() {
                        job();
                    }
                });
            }
            // The second job cannot be taken while the first holds the lock.
            let (first, second, saw_rx) = meeting(IN_VAIN);
            job_tx.send(first).unwrap();
            job_tx.send(second).unwrap();
            assert_eq!(saw_rx.recv(), Ok(Err(RecvTimeoutError::Timeout)));
        });
    }

    #[test]
    fn right() {
        within(|| {
            // It receives in a statement of its own.
            let pool = std_only::Pool::start(2, 2).unwrap();
            let (first, second, saw_rx) = meeting(LIMIT);
            pool.execute(first);
            pool.execute(second);
            assert_eq!(saw_rx.recv(), Ok(Ok(())));
        });
    }
}

/// Dropping the pool hangs.
mod a_pool_that_keeps_its_sender_waits_forever {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = unbounded::<Job>();
        // This drops a clone. `recv` in a worker goes on waiting, and so would `join`.
        drop(job_tx.clone());
        assert_eq!(job_rx.try_recv().err(), Some(TryRecvError::Empty));
    }

    #[test]
    fn right() {
        let (job_tx, job_rx) = unbounded::<Job>();
        let worker = thread::spawn(move || job_rx.into_iter().for_each(|job| job()));
        drop(job_tx);
        within(|| worker.join().unwrap());
    }
}

/// The pool shrinks; with its last worker gone, nothing runs any more.
mod a_panic_takes_its_worker_with_it {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (job_tx, job_rx) = unbounded::<Job>();
            let worker = thread::spawn(move || job_rx.into_iter().for_each(|job| job()));
            job_tx.send(Box::new(|| panic_any("a bad job"))).unwrap();
            assert!(worker.join().is_err());
            assert!(job_tx.send(Box::new(|| ())).is_err());
        });
    }

    #[test]
    fn right() {
        within(|| {
            let pool = start(1, 1);
            pool.execute(|| panic_any("a bad job"));
            pool.execute(|| ());
            assert_eq!(pool.finish().completed, 1);
        });
    }
}

/// The process aborts.
mod a_panic_in_drop_aborts_the_process {
    use super::*;

    struct PanicsInDrop(Option<thread::JoinHandle<()>>);

    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            let worker = self.0.take().expect("it is dropped once");
            worker.join().expect("the mistake");
        }
    }

    #[test]
    fn wrong() {
        const CHILD: &str = "POOL_PITFALL_CHILD";
        if env::var_os(CHILD).is_some() {
            // The drop panics while another panic unwinds: the end of the process.
            let _pool = PanicsInDrop(Some(thread::spawn(|| panic_any("a bad job"))));
            panic_any("the owner's own");
        }
        let this_test = "pitfalls::a_panic_in_drop_aborts_the_process::wrong";
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", this_test])
            .env(CHILD, "1")
            .output();
        let abort = Some(signal_hook::consts::SIGABRT);
        assert_eq!(child.unwrap().status.signal(), abort);
    }

    #[test]
    fn right() {
        let message = panic_of(|| {
            let pool = start(1, 1);
            pool.execute(|| panic_any("a bad job"));
            panic_any("the owner's own")
        });
        assert_eq!(message, "the owner's own");
    }
}

/// "Resource deadlock avoided".
#[cfg(target_os = "linux")]
mod a_thread_that_joins_itself_panics {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            // What a pool does whose last owner is dropped in one of its jobs.
            let (handle_tx, handle_rx) = mpsc::channel::<thread::JoinHandle<()>>();
            let (seen_tx, seen_rx) = mpsc::channel();
            let worker = thread::spawn(move || {
                let own = handle_rx.recv().unwrap();
                let joined = catch_unwind(AssertUnwindSafe(|| own.join()));
                seen_tx.send(joined.is_err()).unwrap();
            });
            handle_tx.send(worker).unwrap();
            assert_eq!(seen_rx.recv(), Ok(true));
        });
    }

    #[test]
    fn right() {
        within(|| {
            // The pool is not waited for in a job of its own.
            let pool = Arc::new(start(1, 1));
            let (owner_tx, owner_rx) = mpsc::channel::<Arc<Pool>>();
            let (dropped_tx, dropped_rx) = mpsc::channel();
            pool.execute(move || {
                drop(owner_rx.recv());
                dropped_tx.send(()).unwrap();
            });
            owner_tx.send(pool).unwrap();
            assert_eq!(dropped_rx.recv(), Ok(()));
        });
    }
}

/// Memory grows until the process is killed.
mod an_unbounded_queue_takes_all_there_is {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = unbounded::<Job>();
        // Nobody has run a single job, and there is room for every one.
        for _ in 0..100_000 {
            job_tx.send(Box::new(|| ())).unwrap();
        }
        assert_eq!(job_rx.len(), 100_000);
    }

    #[test]
    fn right() {
        within(|| {
            let pool = start(1, 1);
            let (key, begun_rx, in_gate) = gate();
            pool.execute(in_gate);
            begun_rx.recv().unwrap();
            assert!(pool.try_execute(|| ()).is_ok());
            assert!(pool.try_execute(|| ()).is_err());
            drop(key);
        });
    }
}

/// Memory grows with each job that fails.
mod a_payload_that_is_forgotten_is_never_freed {
    use super::*;

    #[test]
    fn wrong() {
        let ledger = Ledger::default();
        let item = ledger.item(0);
        // So that its drop cannot be the next panic.
        mem::forget(catch_unwind(AssertUnwindSafe(|| panic_any(item))));
        assert_eq!(ledger.alive(), 1);
    }

    #[test]
    fn right() {
        let (pool, ledger) = (start(1, 1), Ledger::default());
        let item = ledger.item(0);
        // It drops the payload inside of `catch_unwind`.
        pool.execute(|| panic_any(item));
        within(|| drop(pool));
        ledger.assert_all_dropped();
    }
}

/// rayon hangs.
mod jobs_of_rayon_that_wait_for_one_another_starve {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let rayon = rayon::ThreadPoolBuilder::new().num_threads(1).build();
            // The first job holds the only thread, so that the second cannot come.
            let (first, second, saw_rx) = meeting(IN_VAIN);
            with_rayon::run(&rayon.unwrap(), [first, second]);
            assert_eq!(saw_rx.recv(), Ok(Err(RecvTimeoutError::Timeout)));
        });
    }

    #[test]
    fn right() {
        within(|| {
            // A thread for each job that may wait, and none of them rayon's.
            let pool = start(2, 2);
            let (first, second, saw_rx) = meeting(LIMIT);
            pool.execute(first);
            pool.execute(second);
            assert_eq!(saw_rx.recv(), Ok(Ok(())));
        });
    }
}

/// Jobs are accepted, and none runs.
mod a_pool_of_no_threads_takes_jobs {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = bounded::<Job>(16);
        let start = |_| {
            let job_rx = job_rx.clone();
            thread::spawn(move || job_rx.into_iter().for_each(|job| job()))
        };
        assert_eq!((0..0).map(start).count(), 0);
        assert!(job_tx.try_send(Box::new(|| ())).is_ok());
    }

    #[test]
    fn right() {
        assert_eq!(panic_of(|| start(0, 16)), "there must be a worker");
    }
}

/// A crawler ends too early.
mod an_empty_queue_does_not_say_that_all_is_done {
    use super::*;

    #[test]
    fn wrong() {
        let (page_tx, page_rx) = unbounded();
        page_tx.send("/").unwrap();
        assert_eq!(page_rx.recv(), Ok("/"));
        // A worker has that page. Another one finds the queue empty, and leaves. But then:
        assert_eq!(page_rx.try_recv(), Err(TryRecvError::Empty));
        page_tx.send("/about").unwrap();
    }

    #[test]
    fn right() {
        within(|| {
            let jobs = Tracker::default();
            let inner = jobs.clone();
            let page = jobs.track(move || {
                // A job is counted from when it is added, and until it has ended.
                let about = inner.track(|| ());
                thread::spawn(about.expect("it is not finished"));
            });
            thread::spawn(page.expect("it is not finished"));
            assert!(jobs.wait(LIMIT));
            assert_eq!(jobs.report().completed, 2);
        });
    }
}
