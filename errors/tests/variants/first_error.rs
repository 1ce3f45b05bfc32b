//! What both variants of `first_error` promise.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Barrier, Mutex, mpsc};
use std::{io, iter, thread};

use errors::failure::{Failure, flatten};
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, count, panic_of, within};

use super::pattern::{Stopped, try_for_each};

/// Says which items were done and which failed, beside what `try_for_each` says.
#[derive(Default)]
struct Log {
    done: Mutex<Vec<usize>>,
    failed: Mutex<Vec<usize>>,
}

impl Log {
    fn work(&self, number: usize, good: bool) -> Result<(), usize> {
        let list = if good { &self.done } else { &self.failed };
        list.lock().expect("no panic").push(number);
        if good { Ok(()) } else { Err(number) }
    }

    fn into_lists(self) -> (Vec<usize>, Vec<usize>) {
        let sorted = |list: Mutex<Vec<usize>>| {
            let mut list = list.into_inner().expect("no panic");
            list.sort_unstable();
            list
        };
        (sorted(self.done), sorted(self.failed))
    }
}

proptest! {
    #[test]
    fn the_first_error_is_that_of_a_loop(
        items in prop::collection::vec(prop::bool::weighted(0.95), 0..100),
        workers in 1_usize..5,
        capacity in 0_usize..4,
    ) {
        let looped = items.iter().position(|&good| !good);
        let (taken, log, result) = within(move || {
            let (mut taken, log) = (0, Log::default());
            let input = items.into_iter().enumerate().inspect(|_| taken += 1);
            let work = |(number, good)| log.work(number, good);
            let result = try_for_each(input, count(workers), capacity, work);
            (taken, log, result)
        });
        let (done, failed) = log.into_lists();
        let Some(first) = looped else {
            prop_assert_eq!(result.unwrap(), taken);
            prop_assert_eq!(done.len(), taken);
            return Ok(());
        };
        let stopped = result.unwrap_err();
        prop_assert_eq!((stopped.item, stopped.error), (first, first));
        // All before it is done, each once.
        prop_assert!(done.iter().copied().take(first).eq(0..first), "{done:?}");
        prop_assert_eq!(done.len(), stopped.done);
        // The others that failed are told, by number.
        let others: Vec<_> = failed.iter().skip(1).map(|&number| (number, number)).collect();
        prop_assert_eq!(&stopped.others, &others);
        prop_assert!(others.len() < workers);
        prop_assert_eq!(taken, stopped.done + failed.len() + stopped.abandoned);
    }
}

#[test]
fn of_errors_at_the_same_time_the_lowest_number_is_first() {
    within(|| {
        for round in 0..2_000 {
            // All fail at once. A worker that has got item 0 must not give it up because another
            // has failed meanwhile.
            let stopped = try_for_each(0..8, count(4), round % 4, Err::<(), _>).unwrap_err();
            assert_eq!((stopped.item, stopped.error), (0, 0));
        }
    });
}

#[test]
fn an_error_that_comes_later_may_be_the_first() {
    within(|| {
        let (failed_tx, failed_rx) = mpsc::channel::<()>();
        let (failed_tx, failed_rx) = (Mutex::new(Some(failed_tx)), Mutex::new(failed_rx));
        // Item 0 waits until item 1 has failed.
        let work = |item| {
            if item == 0 {
                assert!(failed_rx.lock().unwrap().recv().is_err());
            } else {
                drop(failed_tx.lock().unwrap().take());
            }
            Err::<(), _>(item)
        };
        let stopped = try_for_each(0..2, count(2), 0, work).unwrap_err();
        assert_eq!((stopped.item, stopped.error), (0, 0));
        assert_eq!(stopped.others, [(1, 1)]);
        assert_eq!((stopped.done, stopped.abandoned), (0, 0));
    });
}

/// Tells when it is dropped.
struct Bell(usize, mpsc::Sender<usize>);

impl Drop for Bell {
    fn drop(&mut self) {
        // Nobody listens any more where the test has gone on.
        let _ = self.1.send(self.0);
    }
}

#[test]
fn an_error_stops_the_others() {
    within(|| {
        let (queued_tx, queued_rx) = mpsc::channel();
        let (dropped_tx, dropped_rx) = mpsc::channel();
        let (queued_rx, dropped_rx) = (Mutex::new(queued_rx), Mutex::new(dropped_rx));
        let begun = Mutex::new(Vec::new());
        // When item 3 is asked for, item 2 is in the queue.
        let items = (0..).map(|number| {
            if number == 3 {
                queued_tx.send(()).unwrap();
            }
            Bell(number, dropped_tx.clone())
        });
        let work = |item: Bell| {
            begun.lock().unwrap().push(item.0);
            match item.0 {
                // Under way when item 1 fails: it goes on, here until item 2 has been dropped.
                0 => {
                    let mut dropped = iter::from_fn(|| dropped_rx.lock().unwrap().recv().ok());
                    assert!(dropped.any(|number| number == 2));
                    Ok(())
                }
                1 => {
                    queued_rx.lock().unwrap().recv().unwrap();
                    Err("item 1 is bad")
                }
                _ => Ok(()),
            }
        };
        let stopped = try_for_each(items, count(2), 1, work).unwrap_err();
        assert_eq!((stopped.item, stopped.error), (1, "item 1 is bad"));
        assert_eq!(stopped.done, 1);
        assert!((2..=3).contains(&stopped.abandoned), "{stopped:?}");
        let mut begun = begun.into_inner().unwrap();
        begun.sort_unstable();
        assert_eq!(begun, [0, 1]);
    });
}

#[test]
fn an_input_without_end_ends_with_an_error() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let work = |item: Tracked| {
                if item.number == 20 {
                    Err("bad")
                } else {
                    Ok(())
                }
            };
            let stopped = try_for_each(ledger.items(), count(3), capacity, work).unwrap_err();
            assert_eq!((stopped.item, stopped.error), (20, "bad"));
            assert_eq!(stopped.done + 1 + stopped.abandoned, ledger.handed_out());
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn the_workers_work_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(4);
        let work = |_| {
            barrier.wait();
            let name = thread::current().name().map(str::to_owned);
            if name.is_some_and(|name| name.starts_with("worker-")) {
                Ok(())
            } else {
                Err(())
            }
        };
        assert_eq!(try_for_each(0..400, count(4), 1, work).unwrap(), 400);
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_work() {
    within(|| {
        for (workers, capacity) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 7)] {
            let lead = Lead::default();
            let items = lead.limited(2_000, capacity + workers + 1);
            let work = |_| {
                lead.take();
                Ok::<_, io::Error>(())
            };
            assert_eq!(
                try_for_each(items, count(workers), capacity, work).unwrap(),
                2_000
            );
        }
    });
}

#[test]
fn a_panic_stops_the_others_and_reaches_the_caller() {
    within(|| {
        for workers in 1..4 {
            for capacity in 0..4 {
                let ledger = Ledger::default();
                // The input has no end. Item 0 panics when the queue is full, and with one worker
                // nobody is left to make room.
                let (full_tx, full_rx) = mpsc::channel();
                let full_rx = Mutex::new(full_rx);
                let items = ledger.items().inspect(|item| {
                    if item.number == capacity + 1 {
                        full_tx.send(()).unwrap();
                    }
                });
                let work = |item: Tracked| {
                    if item.number == 0 {
                        full_rx.lock().unwrap().recv().unwrap();
                        panic!("item 0 is bad");
                    }
                    Ok::<_, io::Error>(())
                };
                let message = panic_of(|| try_for_each(items, count(workers), capacity, work));
                assert_eq!(message, "item 0 is bad");
                ledger.assert_all_dropped();
            }
        }
    });
}

#[test]
fn a_panic_goes_before_an_error() {
    within(|| {
        for _ in 0..100 {
            // Both are under way when item 0 fails and item 1 panics, in any order.
            let barrier = Barrier::new(2);
            let work = |item| {
                barrier.wait();
                assert!(item != 1, "item 1 is bad");
                Err::<(), _>(item)
            };
            let message = panic_of(|| try_for_each(0..2, count(2), 0, work));
            assert_eq!(message, "item 1 is bad");
        }
    });
}

#[test]
fn a_caught_panic_is_an_error() {
    within(|| {
        let check = |text: &str| {
            assert!(!text.is_empty(), "no text");
            text.parse::<u8>().map(drop)
        };
        // Unwind safe: nothing of what it used is looked at afterwards.
        let work = |text| flatten(catch_unwind(AssertUnwindSafe(|| check(text))));
        let items = ["1", "", "two", "3"];
        let stopped = try_for_each(items, count(1), 1, work).unwrap_err();
        assert_eq!((stopped.item, stopped.done), (1, 1));
        let Failure::Panicked { message, .. } = stopped.error else {
            panic!("it has panicked")
        };
        assert_eq!(message, "no text");

        let stopped = try_for_each(["1", "two", ""], count(1), 1, work).unwrap_err();
        assert!(matches!(
            stopped,
            Stopped {
                item: 1,
                error: Failure::Failed(_),
                ..
            }
        ));
    });
}

#[test]
fn a_panic_in_the_input_reaches_the_caller() {
    within(|| {
        let done = AtomicUsize::new(0);
        let items = (0..).inspect(|&n| assert!(n < 20, "no more input"));
        let work = |_| {
            done.fetch_add(1, SeqCst);
            Ok::<_, io::Error>(())
        };
        let message = panic_of(|| try_for_each(items, count(3), 2, work));
        assert_eq!(message, "no more input");
        assert_eq!(done.load(SeqCst), 20);
    });
}

#[test]
fn an_error_tells_all() {
    fn run() -> anyhow::Result<usize> {
        let check = |text: &str| text.parse::<u8>().map(drop);
        Ok(try_for_each(["1", "two"], count(1), 0, check)?)
    }
    let said = within(|| format!("{:#}", run().unwrap_err()));
    assert_eq!(
        said,
        "item 1 failed (1 done, 1 failed, 0 abandoned): invalid digit found in string"
    );
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for items in (0..10).cycle().take(100) {
            let all = try_for_each(0..items, count(3), 1, |_| Ok::<_, io::Error>(()));
            assert_eq!(all.unwrap(), items);
        }
    });
}
