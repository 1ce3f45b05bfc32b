//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{
    RecvError, RecvTimeoutError, SendTimeoutError, TryRecvError, bounded, unbounded,
};
use fan_out_fan_in::worklist::{self, Jobs};
use fan_out_fan_in::{by_key, ordered, unordered, with_rayon};
use rayon::prelude::*;
use testkit::{LIMIT, Lead, panic_of, within};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

/// `for result in rx` never ends.
mod the_first_sender_keeps_the_loop_waiting {
    use super::*;

    #[test]
    fn wrong() {
        let (result_tx, result_rx) = bounded(1);
        let worker_tx = result_tx.clone();
        let worker = thread::spawn(move || worker_tx.send("result"));
        assert_eq!(result_rx.recv(), Ok("result"));
        worker.join().unwrap().unwrap();
        // The worker has ended, but the sender that was cloned for it has not.
        assert_eq!(result_rx.try_recv(), Err(TryRecvError::Empty));
        drop(result_tx);
    }

    #[test]
    fn right() {
        let (result_tx, result_rx) = bounded(1);
        let worker_tx = result_tx.clone();
        thread::spawn(move || worker_tx.send("result"));
        drop(result_tx);
        within(move || assert_eq!(result_rx.iter().count(), 1));
    }
}

/// All threads wait, none works.
mod sending_all_before_collecting_hangs {
    use super::*;

    #[test]
    fn wrong() {
        within(|| {
            let (job_tx, job_rx) = bounded(1);
            let (result_tx, result_rx) = bounded(1);
            thread::scope(|scope| {
                scope.spawn(move || job_rx.into_iter().try_for_each(|n| result_tx.send(n)));
                // One waits in each channel, and the worker has one in hand.
                for n in 0..3 {
                    job_tx.send(n).unwrap();
                }
                // There is no place for the next until somebody takes a result, and nobody will.
                let full = Err(SendTimeoutError::Timeout(3));
                assert_eq!(job_tx.send_timeout(3, IN_VAIN), full);
                drop((job_tx, result_rx));
            });
        });
    }

    #[test]
    fn right() {
        // A thread of its own sends, while this one collects.
        let run =
            || thread::scope(|scope| unordered::fan_out(scope, 0..1_000, 1, 1, |n| n).count());
        assert_eq!(within(run), 1_000);
    }
}

/// Memory grows until the process is killed.
mod an_unbounded_queue_takes_all_there_is {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = unbounded();
        for n in 0..100_000 {
            job_tx.send(n).unwrap();
        }
        // Nobody has taken a single item, and there is room for every one.
        assert_eq!(job_rx.len(), 100_000);
    }

    #[test]
    fn right() {
        within(|| {
            let lead = Lead::default();
            let items = lead.limited(10_000, 8 + 2 + 1);
            thread::scope(|scope| {
                ordered::fan_out(scope, items, 2, 8, |n| n).for_each(|_| lead.take());
            });
        });
    }
}

/// A panic, such as that of a thread that cannot be started, hangs the program.
mod a_panic_in_a_scope_waits_for_its_threads {
    use super::*;

    #[test]
    fn wrong() {
        let (found_tx, found_rx) = mpsc::channel();
        let (_job_tx, job_rx) = bounded::<()>(1);
        panic_of(|| {
            thread::scope(|scope| -> () {
                scope.spawn(|| found_tx.send(job_rx.recv_timeout(IN_VAIN)));
                panic!("no thread left");
            });
        });
        // The scope has waited for the worker, whose channel outlives the scope.
        assert_eq!(found_rx.recv(), Ok(Err(RecvTimeoutError::Timeout)));
    }

    #[test]
    fn right() {
        let (found_tx, found_rx) = mpsc::channel();
        panic_of(|| {
            thread::scope(|scope| -> () {
                let (_job_tx, job_rx) = bounded::<()>(1);
                scope.spawn(move || found_tx.send(job_rx.recv()));
                panic!("no thread left");
            });
        });
        // The panic has dropped the sender before the scope waited.
        assert_eq!(found_rx.recv(), Ok(Err(RecvError)));
    }
}

/// A crawler ends too early, or never.
mod an_empty_queue_is_not_the_end {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = unbounded();
        job_tx.send("a page with a link").unwrap();
        let page = job_rx.recv();
        // While one worker has the page in hand, another finds the queue empty, and ends …
        assert_eq!(job_rx.try_recv(), Err(TryRecvError::Empty));
        job_tx.send("the linked page").unwrap();
        // … or waits on, and when all is done, it waits for whoever holds a sender.
        assert!(page.is_ok() && job_rx.recv().is_ok());
        assert_eq!(job_rx.recv_timeout(IN_VAIN), Err(RecvTimeoutError::Timeout));
    }

    #[test]
    fn right() {
        within(|| {
            let work = |page, pages: &Jobs<&str>| {
                if page == "a page with a link" {
                    pages.add("the linked page");
                }
            };
            let first = ["a page with a link"];
            let done = thread::scope(|scope| worklist::fan_out(scope, first, 2, 1, work).count());
            assert_eq!(done, 2);
        });
    }
}

/// A crawler hangs.
mod a_bounded_queue_of_jobs_that_add_jobs_hangs {
    use super::*;

    #[test]
    fn wrong() {
        let (job_tx, job_rx) = bounded(1);
        job_tx.send("a page with two links").unwrap();
        // The only worker has it in hand, and waits for room that only it can make.
        assert!(job_rx.recv().is_ok());
        job_tx.send("the first linked page").unwrap();
        let added = job_tx.send_timeout("the second", IN_VAIN);
        assert_eq!(added, Err(SendTimeoutError::Timeout("the second")));
    }

    #[test]
    fn right() {
        within(|| {
            let work = |links, pages: &Jobs<i32>| (0..links).for_each(|_| pages.add(0));
            let done = thread::scope(|scope| worklist::fan_out(scope, [2], 1, 1, work).count());
            assert_eq!(done, 3);
        });
    }
}

/// rayon hangs.
mod a_thread_of_rayon_that_waits_for_another_starves_it {
    use super::*;

    fn pool_of_one() -> rayon::ThreadPool {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1);
        pool.build().expect("there are threads left")
    }

    #[test]
    fn wrong() {
        let (result_tx, result_rx) = bounded(1);
        // `scope` runs its body on the only thread of the pool: while that waits, the task cannot
        // start.
        let received = pool_of_one().scope(|scope| {
            scope.spawn(|_| result_tx.send(1).unwrap());
            result_rx.recv_timeout(IN_VAIN)
        });
        assert_eq!(received, Err(RecvTimeoutError::Timeout));
        assert_eq!(result_rx.try_recv(), Ok(1));
    }

    #[test]
    fn right() {
        within(|| {
            let (result_tx, result_rx) = bounded(1);
            // The body of `in_place_scope` stays on this thread, which is not rayon's and may wait.
            let received = pool_of_one().in_place_scope(|scope| {
                scope.spawn(|_| result_tx.send(1).unwrap());
                result_rx.recv()
            });
            assert_eq!(received, Ok(1));
        });
    }
}

/// Results in the wrong order.
mod par_bridge_loses_the_order {
    use super::*;

    /// Runs `fan_out` with work whose first item is ready after the second.
    fn ready(fan_out: impl FnOnce(&(dyn Fn(i32) -> i32 + Sync)) + Send) -> Vec<i32> {
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        let ready = Mutex::new(Vec::new());
        let work = |n| {
            if n == 0 {
                let done_rx = done_rx.lock().expect("nobody panics");
                done_rx.recv().expect("the second item is there");
            }
            ready.lock().expect("nobody panics").push(n);
            if n == 1 {
                done_tx.send(()).expect("the first item is there");
            }
            n
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(2);
        let pool = pool.build().expect("there are threads left");
        pool.install(|| fan_out(&work));
        ready.into_inner().expect("nobody panics")
    }

    #[test]
    fn wrong() {
        within(|| {
            let ready = ready(|work| (0..2).par_bridge().map(work).for_each(drop));
            assert_eq!(ready, [1, 0]);
        });
    }

    #[test]
    fn right() {
        within(|| {
            // An indexed `collect` puts each where it belongs.
            let ready =
                ready(|work| assert_eq!(with_rayon::fan_out(&[0, 1], |&n| work(n)), [0, 1]));
            assert_eq!(ready, [1, 0]);
        });
    }
}

/// The second message of a customer is done before the first.
mod two_workers_swap_what_belongs_together {
    use super::*;

    /// Takes until the second message is done with the first one, or that long.
    fn work(limit: Duration) -> impl Fn(&'static str) -> &'static str + Clone + Send + Sync {
        let (done_tx, done_rx) = bounded(1);
        move |message| {
            match message {
                "first" => drop(done_rx.recv_timeout(limit)),
                _ => done_tx.send(()).expect("there is a receiver"),
            }
            message
        }
    }

    const MESSAGES: [&str; 2] = ["first", "second"];

    #[test]
    fn wrong() {
        let done: Vec<&str> =
            thread::scope(|scope| unordered::fan_out(scope, MESSAGES, 2, 1, work(LIMIT)).collect());
        assert_eq!(done, ["second", "first"]);
    }

    #[test]
    fn right() {
        let done: Vec<&str> = thread::scope(|scope| {
            by_key::fan_out(scope, MESSAGES, 2, 1, |_| "customer", work(IN_VAIN)).collect()
        });
        assert_eq!(done, MESSAGES);
    }
}
