//! What `std_only` promises. What `shutdown` promises too has the same tests.
//! - the work may give the stop: `the_work_may_give_the_stop`
//! - `abort` may come after `close`, or before it: `an_abort_is_not_taken_back`

use std::sync::Arc;
use std::thread;

use select_shutdown::std_only as pattern;
use testkit::within;

use pattern::{Intake, Report, Worker};

#[path = "variants/worker.rs"]
mod variants;

type Stop = Box<dyn FnOnce()>;
type Run<T> = Box<dyn FnOnce(&mut dyn FnMut(T)) -> Report + Send>;

/// An intake; what stops its worker, which drains the queue or abandons it; and what runs it.
fn worker<T: Send + 'static>(capacity: usize, drain: bool) -> (Arc<Intake<T>>, Stop, Run<T>) {
    let (intake, worker) = Worker::new(capacity);
    let weak = Arc::downgrade(&intake);
    let stop = move || {
        let intake = weak.upgrade().expect("the test has it");
        if drain {
            intake.close();
        } else {
            intake.abort();
        }
    };
    (intake, Box::new(stop), Box::new(|work| worker.run(work)))
}

#[test]
fn the_work_may_give_the_stop() {
    within(|| {
        for capacity in 0..3 {
            let (intake, _stop, run) = worker(capacity, true);
            thread::scope(|scope| {
                // There is no end but the stop.
                let send = || {
                    (0..usize::MAX)
                        .take_while(|&n| intake.send(n).is_ok())
                        .count()
                };
                let producing = scope.spawn(send);
                let report = run(&mut |n| {
                    if n == 9 {
                        intake.close(); // While the producer waits for room.
                    }
                });
                assert_eq!(report.completed, producing.join().unwrap());
            });
        }
    });
}

#[test]
fn an_abort_is_not_taken_back() {
    within(|| {
        for stops in [
            [Intake::close, Intake::abort],
            [Intake::abort, Intake::close],
        ] {
            let (intake, _stop, run) = worker(5, true);
            (0..5).try_for_each(|n| intake.send(n)).unwrap();
            for stop in stops {
                stop(&intake);
            }
            assert_eq!(run(&mut drop).abandoned, 5);
        }
    });
}
