use std::cell::Cell;

use verify::explore::{explore, explore_each};
use verify::model::crossbeam_channel::bounded;
use verify::model::std::thread;
use verify::model::std::time::{Duration, Instant};

use crate::patterns::select_shutdown::select::{self, receive_either};
use crate::patterns::select_shutdown::shutdown;
use crate::patterns::select_shutdown::std_only::{Ended, Intake, Rest, open};
use crate::patterns::select_shutdown::ticker::{Event, events};
use crate::support::{Item, Ledger, Log, fail, fails, numbers, pause};

/// Sends items until one is rejected, and gives out the numbers of those that were accepted.
fn send_all(intake: &Intake<Item>, items: impl Iterator<Item = Item>) -> Vec<u64> {
    let accepted = items.map_while(|item| {
        let number = item.number;
        intake.send(item).ok().map(|()| number)
    });
    accepted.collect()
}

/// Those of `numbers` that are among `accepted`, in their order.
fn of(accepted: &[u64], mut numbers: Vec<u64>) -> Vec<u64> {
    numbers.retain(|number| accepted.contains(number));
    numbers
}

#[test]
fn std_only_ends_when_the_last_intake_is_gone_and_all_is_done() {
    explore_each([0, 1], |capacity| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (intake, worker) = open(capacity);
        let (other, items) = (intake.clone(), ledger.items(4).skip(2));
        let seen = log.clone();
        let running = thread::spawn(move || worker.run(|item: Item| seen.push(item.number)));
        let sending = thread::spawn(move || send_all(&other, items));
        assert_eq!(send_all(&intake, ledger.items(2)), [0, 1]);
        drop(intake);
        let others = sending.join().expect("it sends and no more");
        let ended = running.join().expect("the work does not panic");
        assert_eq!((ended.completed, ended.abandoned), (4, 0));
        assert_eq!(of(&[0, 1], log.numbers()), [0, 1]);
        assert_eq!(of(&others, log.numbers()), [2, 3]);
        ledger.assert_empty();
    });
}

/// The stop comes while two threads send.
#[test]
fn std_only_drained_works_on_all_that_was_accepted() {
    explore_each([0, 1], |capacity| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (intake, worker) = open(capacity);
        let (other, items) = (intake.clone(), ledger.items(3));
        let sending = thread::spawn(move || send_all(&other, items));
        let seen = log.clone();
        let running = thread::spawn(move || worker.run(|item: Item| seen.push(item.number)));
        intake.stop(Rest::Drain);
        let late = intake.send(ledger.item(9)).expect_err("it was stopped");
        assert_eq!(late.0.number, 9);
        drop(late);
        let accepted = sending.join().expect("it sends and no more");
        let ended = running.join().expect("the work does not panic");
        assert_eq!(
            (ended.completed, ended.abandoned),
            (accepted.len() as u64, 0)
        );
        assert_eq!(log.numbers(), accepted);
        ledger.assert_empty();
    });
}

#[test]
fn std_only_abandoned_counts_what_it_drops() {
    explore_each([0, 1], |capacity| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (intake, worker) = open(capacity);
        let (other, items) = (intake.clone(), ledger.items(3));
        let sending = thread::spawn(move || send_all(&other, items));
        let seen = log.clone();
        let running = thread::spawn(move || worker.run(|item: Item| seen.push(item.number)));
        // The other thread says `Drain`: that changes nothing.
        let stopping = intake.clone();
        let also = thread::spawn(move || stopping.stop(Rest::Drain));
        intake.stop(Rest::Abandon);
        let done = log.len();
        let accepted = sending.join().expect("it sends and no more");
        let ended = running.join().expect("the work does not panic");
        also.join().expect("it stops and no more");
        assert_eq!(ended.completed + ended.abandoned, accepted.len() as u64);
        assert_eq!(log.len() as u64, ended.completed);
        // One may have been in hand.
        assert!(log.len() <= done + 1, "{done} {log:?}");
        ledger.assert_empty();
    });
}

#[test]
fn std_only_may_be_stopped_by_its_work() {
    explore_each([0, 1], |capacity| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (intake, worker) = open(capacity);
        let (stopping, seen) = (intake.clone(), log.clone());
        let work = move |item: Item| {
            seen.push(item.number);
            stopping.stop(Rest::Drain);
        };
        let running = thread::spawn(|| worker.run(work));
        let accepted = send_all(&intake, ledger.items(4));
        let ended = running.join().expect("the work does not panic");
        assert_eq!(ended.completed, accepted.len() as u64);
        assert_eq!(log.numbers(), accepted);
        ledger.assert_empty();
    });
}

#[test]
fn std_only_gives_messages_back_after_a_panic_in_the_work() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (intake, worker) = open(capacity);
        let work = |item: Item| {
            if item.number == 1 {
                fail();
            }
        };
        let (other, items) = (intake.clone(), ledger.items(5).skip(3));
        let sending = thread::spawn(move || send_all(&other, items));
        let running = thread::spawn(move || fails(|| worker.run(work)));
        // What has come in before the panic is dropped.
        let accepted = send_all(&intake, ledger.items(3));
        assert!(accepted.starts_with(&[0, 1]), "{accepted:?}");
        sending.join().expect("it is given back what it sends");
        assert!(running.join().expect("the panic is caught"));
        assert!(intake.send(ledger.item(9)).is_err());
        ledger.assert_empty();
    });
}

#[test]
fn std_only_is_never_far_ahead() {
    explore_each([0, 1], |capacity| {
        let (accepted, log) = (Log::default(), Log::default());
        let (intake, worker) = open(capacity);
        let (seen, ahead) = (accepted.clone(), log.clone());
        let work = move |()| ahead.push(seen.len() as u64);
        let running = thread::spawn(move || worker.run(work));
        for number in 0..3 {
            assert!(intake.send(()).is_ok());
            accepted.push(number);
        }
        intake.stop(Rest::Drain);
        let ended = running.join().expect("the work does not panic");
        let all = Ended {
            completed: 3,
            abandoned: 0,
        };
        assert_eq!(ended, all);
        for (taken, accepted) in (1..).zip(log.numbers()) {
            assert!(accepted <= taken + capacity as u64, "{taken} {accepted}");
        }
    });
}

const PERIOD: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(3);

#[test]
fn ticker_yields_each_item_once_and_ticks_by_its_schedule() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = bounded(capacity);
        let items = ledger.items(3);
        let sending = thread::spawn(move || {
            for item in items {
                item_tx.send(item).expect("the loop goes on to the end");
                pause(Duration::from_secs(1));
            }
        });
        let start = Instant::now();
        let time = Cell::new(start);
        let now = || {
            time.set(Instant::now());
            time.get()
        };
        let (mut numbers, mut last_tick, mut quiet_since) = (Vec::new(), start, start);
        for event in events(item_rx, PERIOD, IDLE, now) {
            match event {
                Event::Item(item) => {
                    numbers.push(item.number);
                    if item.number == 1 {
                        pause(3 * PERIOD); // A stall: ticks are missed.
                    }
                    quiet_since = Instant::now();
                }
                Event::Tick(due) => {
                    // Those that were due at the last one are skipped.
                    assert!(last_tick < due && due <= time.get());
                    assert_eq!((due - start).as_secs() % PERIOD.as_secs(), 0);
                    last_tick = time.get();
                }
                Event::Idle => {
                    assert!(quiet_since.elapsed() >= IDLE);
                    quiet_since = Instant::now();
                }
            }
        }
        assert_eq!(numbers, [0, 1, 2]);
        sending.join().expect("it sends and no more");
        ledger.assert_empty();
    });
}

#[test]
fn ticker_that_is_dropped_ends_the_producer() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = bounded(capacity);
        let items = ledger.items(3);
        let sending = thread::spawn(move || {
            let sent = items.map_while(|item| item_tx.send(item).ok());
            sent.count()
        });
        let first = events(item_rx, PERIOD, IDLE, Instant::now).find_map(|event| match event {
            Event::Item(item) => Some(item.number),
            Event::Tick(_) | Event::Idle => None,
        });
        assert_eq!(first, Some(0));
        let sent = sending.join().expect("it sends and no more");
        assert!((1..=3).contains(&sent));
        ledger.assert_empty();
    });
}

#[test]
fn ticker_does_not_swallow_a_panic_of_the_caller() {
    explore(|| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = bounded(0);
        let items = ledger.items(3);
        let sending = thread::spawn(move || {
            let sent = items.map_while(|item| item_tx.send(item).ok());
            sent.count()
        });
        let listening = thread::spawn(move || {
            for event in events(item_rx, PERIOD, IDLE, Instant::now) {
                if matches!(event, Event::Item(_)) {
                    fail();
                }
            }
        });
        assert!(listening.join().is_err());
        assert_eq!(sending.join().expect("it sends and no more"), 1);
        ledger.assert_empty();
    });
}

#[test]
fn select_yields_each_item_and_each_end_once() {
    explore(|| {
        let ledger = Ledger::default();
        let ((left_tx, left_rx), (right_tx, right_rx)) = (bounded(1), bounded(0));
        let senders = [(left_tx, 0), (right_tx, 2)].map(|(item_tx, first)| {
            let items = [ledger.item(first), ledger.item(first + 1)];
            thread::spawn(move || items.map(|item| item_tx.send(item).is_ok()))
        });
        let (mut left, mut right, mut ends) = (Vec::new(), Vec::new(), Vec::new());
        for event in receive_either(left_rx, right_rx) {
            match event {
                select::Event::Left(item) => left.push(item),
                select::Event::Right(item) => right.push(item),
                select::Event::LeftEnded => ends.push("left"),
                select::Event::RightEnded => ends.push("right"),
            }
        }
        assert_eq!((numbers(left), numbers(right)), (vec![0, 1], vec![2, 3]));
        ends.sort_unstable();
        assert_eq!(ends, ["left", "right"]);
        for sender in senders {
            assert_eq!(sender.join().expect("it sends and no more"), [true; 2]);
        }
        ledger.assert_empty();
    });
}

#[test]
fn select_dropped_early_ends_the_producers() {
    explore(|| {
        let ledger = Ledger::default();
        let ((left_tx, left_rx), (right_tx, right_rx)) = (bounded(1), bounded(1));
        let senders = [left_tx, right_tx].map(|item_tx| {
            let items = ledger.items(3);
            thread::spawn(move || {
                items
                    .map(|item| item_tx.send(item))
                    .all(|sent| sent.is_ok())
            })
        });
        let first = receive_either(left_rx, right_rx).next();
        drop(first);
        for sender in senders {
            assert!(!sender.join().expect("it sends and no more"));
        }
        ledger.assert_empty();
    });
}

/// Sends items until one is rejected, and says how many were accepted.
fn send_all_but_the_late(
    intake: &shutdown::Intake<Item>,
    items: impl Iterator<Item = Item>,
) -> u64 {
    items.map_while(|item| intake.send(item).ok()).count() as u64
}

/// The stop comes while two threads send, and one of them may wait for room. `limit` is that of the
/// drain; time may pass while it works.
fn shutdown_accounts_for_all(limit: Duration, check: fn(shutdown::Ended)) {
    explore_each([0, 1], move |capacity| {
        let (ledger, log) = (Ledger::default(), Log::default());
        let (intake, worker) = shutdown::open(capacity);
        let (stop_tx, stop_rx) = bounded::<()>(0);
        let seen = log.clone();
        let running = thread::spawn(move || {
            worker.run(&stop_rx, limit, Instant::now, |item: Item| {
                pause(Duration::from_secs(1));
                seen.push(item.number);
            })
        });
        let (other, items) = (intake.clone(), ledger.items(2));
        let sending = thread::spawn(move || send_all_but_the_late(&other, items));
        let mut accepted = send_all_but_the_late(&intake, ledger.items(4).skip(2));
        drop(stop_tx);
        accepted += sending.join().expect("it sends and no more");
        let ended = running.join().expect("a panic is in the result");
        let ended = ended.expect("the work does not panic");
        assert_eq!(ended.completed + ended.abandoned, accepted);
        assert_eq!(ended.completed, log.len() as u64);
        assert!(intake.send(ledger.item(9)).is_err(), "it has ended");
        check(ended);
        ledger.assert_empty();
    });
}

#[test]
fn shutdown_without_a_limit_abandons_nothing() {
    shutdown_accounts_for_all(Duration::MAX, |ended| assert_eq!(ended.abandoned, 0));
}

#[test]
fn shutdown_with_a_limit_accounts_for_all() {
    shutdown_accounts_for_all(Duration::from_secs(1), |_| {});
}

#[test]
fn shutdown_with_a_limit_of_zero_accounts_for_all() {
    shutdown_accounts_for_all(Duration::ZERO, |_| {});
}

#[test]
fn shutdown_by_a_panic_accounts_for_all() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (intake, worker) = shutdown::open(capacity);
        let (stop_tx, stop_rx) = bounded::<()>(0);
        let running = thread::spawn(move || {
            worker.run(&stop_rx, Duration::MAX, Instant::now, |item: Item| {
                if item.number == 1 {
                    fail();
                }
            })
        });
        let (other, items) = (intake.clone(), ledger.items(2));
        let sending = thread::spawn(move || send_all_but_the_late(&other, items));
        let mut accepted = send_all_but_the_late(&intake, ledger.items(4).skip(2));
        accepted += sending.join().expect("it sends and no more");
        drop(intake);
        let ended = match running.join().expect("a panic is in the result") {
            Ok(ended) => ended,
            Err(panicked) => panicked.ended,
        };
        drop(stop_tx);
        assert_eq!(ended.completed + ended.failed + ended.abandoned, accepted);
        ledger.assert_empty();
    });
}

#[test]
fn shutdown_of_a_worker_that_never_runs_loses_its_queue_and_wakes_its_producers() {
    explore_each([0, 1], |capacity| {
        let ledger = Ledger::default();
        let (intake, worker) = shutdown::open(capacity);
        let (other, items) = (intake.clone(), ledger.items(3));
        let sending = thread::spawn(move || send_all_but_the_late(&other, items));
        drop(worker);
        assert!(sending.join().expect("it sends and no more") <= capacity as u64);
        ledger.assert_empty();
        drop(intake); // Not before: crossbeam keeps what is queued as long as there is a sender.
    });
}
