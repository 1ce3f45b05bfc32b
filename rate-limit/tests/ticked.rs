//! What `ticked` promises. But for two tests the ticks come from a channel: nothing waits.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};
use rate_limit::ticked::{End, pass_on};
use testkit::{Ledger, Tracked, panic_of, within};

const MS: Duration = Duration::from_millis(1);

/// A channel with the numbers up to `end` in it, and nothing to follow.
fn items(end: usize) -> Receiver<usize> {
    let (item_tx, item_rx) = unbounded();
    for n in 0..end {
        item_tx.send(n).expect("the receiver is here");
    }
    item_rx
}

/// A channel with `count` ticks in it.
fn ticks(count: usize) -> (Sender<Instant>, Receiver<Instant>) {
    let (tick_tx, tick_rx) = unbounded();
    for _ in 0..count {
        tick_tx.send(Instant::now()).expect("the receiver is here");
    }
    (tick_tx, tick_rx)
}

#[test]
fn each_tick_passes_one_item() {
    within(|| {
        for count in 0..100 {
            let item_rx = items(100);
            let (tick_tx, tick_rx) = ticks(count);
            drop(tick_tx); // No more than these.
            let mut passed = Vec::new();
            let end = pass_on(&item_rx, &tick_rx, &never(), |item| passed.push(item));
            // Item `count` had no tick.
            assert_eq!(
                (end, item_rx.len()),
                (End::Stopped(Some(count)), 100 - count - 1)
            );
            assert_eq!(passed, (0..count).collect::<Vec<_>>());
        }
    });
}

#[test]
fn the_end_of_the_items_is_the_end() {
    within(|| {
        for count in 0..10 {
            let (_tick_tx, tick_rx) = ticks(count);
            let mut passed = 0;
            let end = pass_on(&items(count), &tick_rx, &never(), |_| passed += 1);
            assert_eq!((end, passed), (End::Finished, count));
        }
    });
}

#[test]
fn a_tick_is_kept_for_the_next_item() {
    within(|| {
        // Nothing comes: the tick that is there is not used up in waiting.
        let (_tick_tx, tick_rx) = ticks(1);
        assert_eq!(
            pass_on(&items(0), &tick_rx, &never(), |_| ()),
            End::Finished
        );
        assert_eq!(tick_rx.len(), 1);
    });
}

#[test]
#[cfg(not(modelled))] // Ticks come in real time.
fn of_all_missed_ticks_one_is_kept() {
    within(|| {
        let tick_rx = crossbeam_channel::tick(MS);
        // A stall. Nobody ever sends to this channel: a wait and no synchronisation.
        assert!(never::<()>().recv_timeout(20 * MS).is_err());
        let back = Instant::now();
        // Taken by `select!`, as the pattern does it. A tick tells when it was due.
        let due = [(); 3].map(|()| select! { recv(tick_rx) -> tick => tick.unwrap() });
        // The first is old, and the next a whole period after the stall: none between.
        assert!(due[0] + 19 * MS <= back, "one was kept");
        assert!(due[1] >= back + MS, "the others are gone");
        assert!(due[2] >= due[1] + MS);
    });
}

#[test]
#[cfg(not(modelled))] // Ticks come in real time.
fn a_real_tick_keeps_the_gap() {
    within(|| {
        let start = Instant::now();
        let end = pass_on(
            &items(10),
            &crossbeam_channel::tick(2 * MS),
            &never(),
            |_| (),
        );
        // Never sooner, under any load; how much later is the system's affair.
        assert!(end == End::Finished && start.elapsed() >= 20 * MS);
    });
}

#[test]
fn a_stop_comes_first() {
    within(|| {
        for _ in 0..100 {
            let item_rx = items(10);
            let (_tick_tx, tick_rx) = ticks(10);
            let (stop_tx, stop_rx) = bounded(1);
            stop_tx.send(()).unwrap();
            let work = |_| panic!("nothing is passed on after a stop");
            assert_eq!(
                pass_on(&item_rx, &tick_rx, &stop_rx, work),
                End::Stopped(None)
            );
            assert_eq!((item_rx.len(), tick_rx.len()), (10, 10));
        }
    });
}

#[test]
fn a_stop_between_two_items_is_seen_before_the_next() {
    within(|| {
        for _ in 0..100 {
            let item_rx = items(10);
            let (_tick_tx, tick_rx) = ticks(10);
            let (stop_tx, stop_rx) = bounded(1);
            let mut stop_tx = Some(stop_tx);
            let mut passed = 0;
            let end = pass_on(&item_rx, &tick_rx, &stop_rx, |_| {
                passed += 1;
                if passed == 3 {
                    stop_tx = None; // That its sender is gone is a stop, too.
                }
            });
            assert_eq!((end, passed, item_rx.len()), (End::Stopped(None), 3, 7));
        }
    });
}

#[test]
#[cfg(not(modelled))] // There, a rendezvous with a select that waits counts as done.
fn a_stop_before_the_tick_wins() {
    within(|| {
        for _ in 0..100 {
            let (item_tx, item_rx) = bounded(0);
            let (stop_tx, stop_rx) = bounded(1);
            let (tick_tx, tick_rx) = bounded(1);
            let end = thread::scope(|scope| {
                let thread = scope.spawn(|| pass_on(&item_rx, &tick_rx, &stop_rx, |_: u32| ()));
                // Once it is taken, the item waits for its tick, or is just about to.
                item_tx.send(7).unwrap();
                stop_tx.send(()).unwrap();
                tick_tx.send(Instant::now()).unwrap();
                thread.join().unwrap()
            });
            assert_eq!(end, End::Stopped(Some(7)));
        }
    });
}

#[test]
fn a_stop_ends_the_wait_for_an_item() {
    within(|| {
        let (_item_tx, item_rx) = bounded::<u32>(1);
        let (_tick_tx, tick_rx) = ticks(1);
        let (stop_tx, stop_rx) = bounded(0);
        thread::scope(|scope| {
            let thread = scope.spawn(|| pass_on(&item_rx, &tick_rx, &stop_rx, |_| ()));
            // The pattern is the only one to take it, and it must be waiting.
            stop_tx.send(()).unwrap();
            assert_eq!(thread.join().unwrap(), End::Stopped(None));
        });
    });
}

#[test]
fn an_item_in_hand_is_given_back() {
    within(|| {
        let ledger = Ledger::default();
        let (item_tx, item_rx) = bounded(0);
        let (tick_tx, tick_rx) = bounded(0);
        let (stop_tx, stop_rx) = bounded::<()>(0);
        let end = thread::scope(|scope| {
            let thread = scope.spawn(|| pass_on(&item_rx, &tick_rx, &stop_rx, drop::<Tracked>));
            for number in 0..3 {
                item_tx.send(ledger.item(number)).unwrap();
                tick_tx.send(Instant::now()).unwrap();
            }
            // Once it is taken, this one waits for its tick.
            item_tx.send(ledger.item(3)).unwrap();
            drop(stop_tx);
            thread.join().unwrap()
        });
        // Accepted = passed on + given back.
        assert_eq!(ledger.dropped(), 3);
        let End::Stopped(Some(in_hand)) = end else {
            panic!("an item was in hand")
        };
        assert_eq!(in_hand.number, 3);
        drop(in_hand);
        assert_eq!(ledger.dropped(), 4);
    });
}

#[test]
fn a_panic_in_the_work_reaches_the_caller() {
    within(|| {
        let item_rx = items(10);
        let (_tick_tx, tick_rx) = ticks(10);
        let message = panic_of(|| {
            pass_on(&item_rx, &tick_rx, &never(), |item| {
                assert!(item != 3, "item 3 is bad");
            })
        });
        assert_eq!(message, "item 3 is bad");
        // Only that one is lost.
        assert_eq!(item_rx.try_iter().collect::<Vec<_>>(), [4, 5, 6, 7, 8, 9]);
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            for capacity in 0..2 {
                let (item_tx, item_rx) = bounded(capacity);
                let (tick_tx, tick_rx) = bounded(capacity);
                let (passed_tx, passed_rx) = mpsc::channel();
                let end = thread::scope(|scope| {
                    scope.spawn(move || (0..round).try_for_each(|n| item_tx.send(n)));
                    scope.spawn(move || (0..round).try_for_each(|_| tick_tx.send(Instant::now())));
                    pass_on(&item_rx, &tick_rx, &never(), |n| passed_tx.send(n).unwrap())
                });
                assert_eq!(end, End::Finished);
                assert!(passed_rx.try_iter().eq(0..round));
            }
        }
    });
}
