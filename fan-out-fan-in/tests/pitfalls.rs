//! What people stumble on: the wrong shape, shown wrong, beside the right one.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, SendTimeoutError, TryRecvError, bounded, unbounded};
use fan_out_fan_in::{ordered, unordered, with_rayon};
use rayon::prelude::*;
use testkit::{Lead, count, within};

/// A wait that cannot succeed, however long it is: each place says why.
const IN_VAIN: Duration = Duration::from_millis(20);

#[test]
fn results_do_not_end_while_the_first_sender_lives() {
    within(|| {
        let (result_tx, result_rx) = bounded(4);
        thread::scope(|scope| {
            for n in 0..3 {
                let result_tx = result_tx.clone();
                scope.spawn(move || result_tx.send(n).unwrap());
            }
        });
        // Wrong: all workers have ended, but `result_tx` is still here. `for result in result_rx`
        // would wait for it.
        assert_eq!(result_rx.try_iter().count(), 3);
        assert_eq!(result_rx.try_recv(), Err(TryRecvError::Empty));
        // Right: without it, the loop ends.
        drop(result_tx);
        assert_eq!(result_rx.iter().count(), 0);
    });
}

#[test]
fn sending_all_before_collecting_hangs() {
    within(|| {
        // Wrong: the main thread sends all items, and then collects.
        let (job_tx, job_rx) = bounded(1);
        let (result_tx, result_rx) = bounded(1);
        thread::scope(|scope| {
            scope.spawn(move || job_rx.into_iter().try_for_each(|n: u32| result_tx.send(n)));
            // One waits in each channel, and the worker has one in hand.
            for n in 0..3 {
                job_tx.send(n).unwrap();
            }
            // There is no place for the next, until somebody takes a result; and nobody will.
            assert_eq!(
                job_tx.send_timeout(3, IN_VAIN),
                Err(SendTimeoutError::Timeout(3))
            );
            drop((job_tx, result_rx));
        });

        // Right: a thread of its own sends, while the main thread collects.
        let results = unordered::fan_out(0..1_000, count(1), 1, |n| n, |results| results.count());
        assert_eq!(results, 1_000);
    });
}

#[test]
fn an_unbounded_queue_takes_all_there_is() {
    within(|| {
        // Wrong: nobody has taken a single item, and there is room for every one.
        let (job_tx, job_rx) = unbounded();
        for n in 0..100_000 {
            job_tx.send(n).unwrap();
        }
        assert_eq!(job_rx.len(), 100_000);

        // Right: with a window of 8, the input is read as fast as the caller goes on.
        let lead = Lead::default();
        let items = lead.limited(10_000, 8 + 1);
        ordered::fan_out(
            items,
            count(2),
            count(8),
            |n| n,
            |results| results.for_each(|_| lead.take()),
        );
    });
}

#[test]
fn a_rayon_thread_that_waits_for_another_starves_it() {
    within(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        let (result_tx, result_rx) = bounded(1);

        // Wrong: `scope` runs its body on the only thread of the pool. While that waits, the task
        // cannot start.
        let received = pool.scope(|scope| {
            scope.spawn(|_| result_tx.send(1).unwrap());
            result_rx.recv_timeout(IN_VAIN)
        });
        assert_eq!(received, Err(RecvTimeoutError::Timeout));
        assert_eq!(result_rx.try_recv(), Ok(1));

        // Right: the body of `in_place_scope` stays on this thread, which is not rayon's and may
        // wait.
        let received = pool.in_place_scope(|scope| {
            scope.spawn(|_| result_tx.send(2).unwrap());
            result_rx.recv()
        });
        assert_eq!(received, Ok(2));
    });
}

#[test]
fn par_bridge_loses_the_order() {
    within(|| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(2)
            .build()
            .unwrap();
        let (done_tx, done_rx) = mpsc::channel();
        let done_rx = Mutex::new(done_rx);
        let ready = Mutex::new(Vec::new());
        // The first item ends after the second has.
        let work = |n| {
            if n == 0 {
                done_rx.lock().unwrap().recv().unwrap();
            }
            ready.lock().unwrap().push(n);
            if n == 1 {
                done_tx.send(()).unwrap();
            }
            n
        };

        // Wrong: results gathered as they are ready.
        pool.install(|| (0..2).par_bridge().map(work).for_each(|_| ()));
        assert_eq!(*ready.lock().unwrap(), [1, 0]);

        // Right: an indexed `collect` puts each where it belongs.
        let collected = pool.install(|| with_rayon::fan_out(&[0, 1], |&n| work(n)));
        assert_eq!(collected, [0, 1]);
        assert_eq!(*ready.lock().unwrap(), [1, 0, 1, 0]);
    });
}
