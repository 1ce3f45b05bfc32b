//! How long it takes from the signal to stop until the worker has been joined.
//!
//! The worker is idle, and sleeps. The threads are started outside of what is measured. `plain` is
//! a select over work and stop, which loses what is queued; the floor is a thread that is woken and
//! joined, without any channel.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, bounded, select, unbounded};
use select_shutdown::{shutdown, std_only};

mod common;

const ITEMS: usize = 5;
const CAPACITY: usize = 16;

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, "shutdown");
    let mut bench = |case: &str, round: fn() -> Duration| {
        common::rounds(&mut group, case, "idle", 1, round);
    };
    bench("plain", plain);
    bench("shutdown", with_select);
    bench("std_only", with_std);
    bench("floor", floor);
    group.finish();
    criterion.final_summary();
}

/// Waits until all items are done, and then for as long as the idle worker may take to fall asleep.
fn let_it_finish(done_rx: &Receiver<usize>) {
    assert!(done_rx.iter().take(ITEMS).eq(0..ITEMS));
    let_it_sleep();
}

#[expect(
    clippy::disallowed_methods,
    reason = "nothing tells when a thread sleeps; were it too short, the figure would be too good"
)]
fn let_it_sleep() {
    thread::sleep(Duration::from_micros(300));
}

fn plain() -> Duration {
    let (work_tx, work_rx) = unbounded();
    let (done_tx, done_rx) = unbounded();
    let (stop_tx, stop_rx) = bounded::<()>(0);
    let worker = thread::spawn(move || {
        loop {
            select! {
                recv(work_rx) -> item => if let Ok(item) = item {
                    done_tx.send(item).expect("the receiver is there");
                },
                recv(stop_rx) -> _ => break,
            }
        }
    });
    for item in 0..ITEMS {
        work_tx.send(item).expect("the worker is there");
    }
    let_it_finish(&done_rx);
    common::timed(|| {
        drop(stop_tx);
        worker.join().expect("it does not panic");
    })
}

fn with_select() -> Duration {
    let (intake, worker) = shutdown::Worker::new(CAPACITY);
    let (done_tx, done_rx) = unbounded();
    let (stop_tx, stop_rx) = bounded::<()>(0);
    let worker = thread::spawn(move || {
        worker.run(&stop_rx, Duration::MAX, |item| {
            done_tx.send(item).expect("the receiver is there");
        })
    });
    for item in 0..ITEMS {
        intake.send(item).expect("the worker is there");
    }
    let_it_finish(&done_rx);
    common::timed(|| {
        drop(stop_tx);
        let ended = worker.join().expect("it does not panic");
        assert_eq!((ended.completed, ended.abandoned), (ITEMS, 0));
    })
}

fn with_std() -> Duration {
    let (intake, worker) = std_only::Worker::new(CAPACITY);
    let (done_tx, done_rx) = unbounded();
    let worker = thread::spawn(move || {
        worker.run(|item| done_tx.send(item).expect("the receiver is there"))
    });
    for item in 0..ITEMS {
        intake.send(item).expect("the worker is there");
    }
    let_it_finish(&done_rx);
    common::timed(|| {
        intake.close();
        let ended = worker.join().expect("it does not panic");
        assert_eq!((ended.completed, ended.abandoned), (ITEMS, 0));
    })
}

fn floor() -> Duration {
    static STOP: AtomicBool = AtomicBool::new(false);
    STOP.store(false, Ordering::Relaxed);
    let (done_tx, done_rx) = bounded(1);
    let worker = thread::spawn(move || {
        done_tx.send(()).expect("the receiver is there");
        while !STOP.load(Ordering::Acquire) {
            thread::park();
        }
    });
    assert_eq!(done_rx.recv(), Ok(())); // It runs.
    let_it_sleep();
    common::timed(|| {
        STOP.store(true, Ordering::Release);
        worker.thread().unpark();
        worker.join().expect("it does not panic");
    })
}
