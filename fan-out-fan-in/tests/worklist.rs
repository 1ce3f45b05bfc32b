//! What `worklist` promises:
//! - each job gives one result, and so does each that is added: `each_job_gives_one_result`
//! - it ends when nothing is queued and nothing runs: `an_empty_queue_is_not_the_end`
//! - what a job adds is begun before it ends: `a_job_may_wait_for_one_that_it_adds`
//! - the workers are never far ahead of the caller: `full_results_make_the_workers_wait`
//! - panics reach the caller: `a_panic_in_the_work_reaches_the_caller`,
//!   `a_panic_in_the_jobs_reaches_the_caller`, `a_panic_in_a_drop_reaches_the_caller`
//! - a caller that stops early stops all threads, and the queue goes with it:
//!   `a_caller_that_stops_early_stops_everything`, `no_job_begins_once_the_caller_has_stopped`
//! - no worker, or no thread left, is a panic: `no_worker_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`
//! - a tree is listed as one thread would list it: `a_walker_lists_what_a_serial_walk_does`

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;

use fan_out_fan_in::worklist::{Jobs, fan_out};
use testkit::{Lead, Ledger, MANY, Tracked, panic_of, within};

/// The results, as they come.
fn all<T: Send, R: Send>(
    jobs: impl IntoIterator<Item = T>,
    capacity: usize,
    work: impl Fn(T, &Jobs<T>) -> R + Send + Sync,
) -> Vec<R> {
    thread::scope(|scope| fan_out(scope, jobs, 3, capacity, work).collect())
}

/// Adds two jobs for each, so that there is no end.
fn grow(item: &Tracked, jobs: &Jobs<Tracked>, ledger: &Ledger) {
    for number in [2 * item.number + 1, 2 * item.number + 2] {
        jobs.add(ledger.item(number));
    }
}

#[test]
fn each_job_gives_one_result() {
    within(|| {
        let work = |n, jobs: &Jobs<usize>| {
            let more = [2 * n + 1, 2 * n + 2].into_iter();
            more.filter(|n| *n < MANY).for_each(|n| jobs.add(n));
            n
        };
        for (workers, capacity) in [(1, 0), (2, 1), (3, 7)] {
            let mut results: Vec<_> =
                thread::scope(|scope| fan_out(scope, [0], workers, capacity, work).collect());
            results.sort_unstable();
            assert!(results.into_iter().eq(0..MANY));
        }
        assert!(all([], 1, work).is_empty());
    });
}

#[test]
fn an_empty_queue_is_not_the_end() {
    within(|| {
        // While a job runs, nothing is queued, and all other workers wait.
        let work = |left: usize, jobs: &Jobs<usize>| {
            if left > 1 {
                jobs.add(left - 1);
            }
        };
        assert_eq!(all([MANY], 1, work).len(), MANY);
    });
}

#[test]
fn a_job_may_wait_for_one_that_it_adds() {
    within(|| {
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        let work = |job, jobs: &Jobs<&str>| match job {
            "first" => {
                jobs.add("second");
                done_rx.lock().unwrap().recv().unwrap();
            }
            _ => done_tx.send(()).unwrap(),
        };
        assert_eq!(all(["first"], 1, work).len(), 2);
    });
}

#[test]
fn full_results_make_the_workers_wait() {
    within(|| {
        let lead = Lead::default();
        let work = |n, jobs: &Jobs<usize>| {
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            assert!(lead.hand_out() <= 2 + 3 + 1);
            (0..2).for_each(|_| jobs.add(n + 1));
        };
        thread::scope(|scope| {
            for () in fan_out(scope, [0], 3, 2, work).take(MANY) {
                lead.take();
            }
        });
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let work = |item: Tracked, jobs: &Jobs<_>| {
            assert!(item.number != 20, "item 20 is bad");
            grow(&item, jobs, &ledger);
        };
        assert_eq!(
            panic_of(|| all([ledger.item(0)], 2, work)),
            "item 20 is bad"
        );
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_the_jobs_reaches_the_caller() {
    within(|| {
        let ledger = Ledger::default();
        let jobs = ledger
            .items()
            .inspect(|job| assert!(job.number < 20, "no more jobs"));
        assert_eq!(panic_of(|| all(jobs, 2, |job, _| job)), "no more jobs");
        ledger.assert_all_dropped();
    });
}

#[test]
fn a_panic_in_a_drop_reaches_the_caller() {
    struct Bad;

    impl Drop for Bad {
        fn drop(&mut self) {
            panic!("cannot be dropped");
        }
    }

    within(|| {
        let bad = Bad;
        let work = move |(), _: &Jobs<()>| _ = &bad;
        assert_eq!(panic_of(|| all([()], 1, work)), "cannot be dropped");
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for capacity in 0..3 {
            let ledger = Ledger::default();
            let work = |item: Tracked, jobs: &Jobs<_>| grow(&item, jobs, &ledger);
            thread::scope(|scope| {
                let results = fan_out(scope, [ledger.item(0)], 3, capacity, work);
                assert_eq!(results.take(5).count(), 5);
            });
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn no_job_begins_once_the_caller_has_stopped() {
    within(|| {
        let begun = AtomicUsize::new(0);
        let (begun_tx, begun_rx) = mpsc::channel();
        let (stopped_tx, stopped_rx) = mpsc::channel();
        let stopped_rx = Mutex::new(stopped_rx);
        let work = |(), jobs: &Jobs<()>| {
            begun.fetch_add(1, SeqCst);
            begun_tx.send(()).unwrap();
            stopped_rx.lock().unwrap().recv().unwrap();
            (0..3).for_each(|_| jobs.add(()));
        };
        thread::scope(|scope| {
            let results = fan_out(scope, [()], 3, 9, &work);
            begun_rx.recv().unwrap();
            drop(results);
            (0..9).for_each(|_| stopped_tx.send(()).unwrap());
        });
        assert_eq!(begun.load(SeqCst), 1);
    });
}

#[test]
fn no_worker_is_refused() {
    let run = || thread::scope(|scope| fan_out(scope, [1], 0, 1, |n, _| n).count());
    assert_eq!(panic_of(run), "there must be a worker");
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        let message = panic_of(|| all([1], 0, |n, _| n));
        assert!(message.starts_with("the system has a thread left"));
    }
}

#[test]
#[cfg(not(modelled))] // It walks a real tree.
fn a_walker_lists_what_a_serial_walk_does() {
    use std::path::PathBuf;
    use std::{fs, io};

    fn walk(root: PathBuf) -> io::Result<Vec<PathBuf>> {
        let list = |folder: PathBuf, folders: &Jobs<PathBuf>| {
            let mut paths = Vec::new();
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    folders.add(entry.path());
                } else {
                    paths.push(entry.path());
                }
            }
            paths.push(folder);
            io::Result::Ok(paths)
        };
        let mut paths = Vec::new();
        thread::scope(|scope| {
            for listed in fan_out(scope, [root], 4, 16, list) {
                paths.extend(listed?);
            }
            Ok(paths)
        })
    }

    let root = tempfile::tempdir().unwrap();
    for n in 0..200 {
        let folder = root.path().join(format!("{}/{}/{n}", n % 3, n % 20));
        fs::create_dir_all(&folder).unwrap();
        (0..n % 4).for_each(|file| fs::write(folder.join(file.to_string()), "").unwrap());
    }
    std::os::unix::fs::symlink("..", root.path().join("1/loop")).unwrap();

    let entries = walkdir::WalkDir::new(root.path()).into_iter();
    let mut serial: Vec<_> = entries.map(|entry| entry.unwrap().into_path()).collect();
    let path = root.path().to_path_buf();
    let mut parallel = within(|| walk(path)).unwrap();
    serial.sort_unstable();
    parallel.sort_unstable();
    assert_eq!(parallel, serial);
}
