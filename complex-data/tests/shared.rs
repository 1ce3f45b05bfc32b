//! What `shared` promises:
//!
//! - the rows are those of a loop, in the order of the buffers: `the_rows_are_those_of_a_loop`
//! - all analyses read the same memory, at the same time:
//!   `all_read_the_same_memory_at_the_same_time`
//! - a buffer is freed before its row arrives: `a_buffer_is_gone_when_its_row_arrives`
//! - the input is never far ahead: `the_input_is_never_far_ahead_of_the_caller`
//! - a caller that stops or panics stops all threads: `a_caller_that_stops_early_stops_everything`
//! - then the input is not polled again: `after_the_caller_has_stopped_no_more_is_polled_or_analysed`,
//!   `after_a_panic_of_an_analysis_the_input_is_not_polled`
//! - panics reach the caller: `a_panic_comes_in_its_turn`, `a_panic_in_a_drop_comes_at_the_end`
//! - once the caller has stopped, they are lost: `a_panic_that_the_caller_does_not_come_to_is_lost`
//! - no analysis, or no thread left, is a panic: `no_analysis_is_refused`,
//!   `a_thread_that_cannot_start_is_a_panic_and_no_hang`

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread;

use complex_data::shared::analyse;
use proptest::prelude::*;
use testkit::{Lead, Ledger, MANY, Tracked, outcome, panic_of, within};

/// The rows that arrive before a panic, and its message.
fn rows_before_a_panic<T: Send + Sync, R: Send>(
    buffers: impl IntoIterator<Item = Arc<T>, IntoIter: Send>,
    analyses: impl IntoIterator<Item = impl FnMut(&T) -> R + Send>,
) -> (usize, String) {
    let mut arrived = 0;
    let message = panic_of(|| {
        thread::scope(|scope| analyse(scope, buffers, 2, analyses).for_each(|_| arrived += 1));
    });
    (arrived, message)
}

proptest! {
    #[test]
    fn the_rows_are_those_of_a_loop(
        buffers in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..5), 0..30),
        analyses in 1_u32..5,
        capacity in 0_usize..4,
    ) {
        // Each of its own kind, and dependent on what it has seen before.
        let analyses = (0..analyses).map(|mut sum| move |data: &Vec<u32>| {
            sum = data.iter().fold(sum, |sum, &n| sum.wrapping_mul(31).wrapping_add(n));
            sum
        });
        let mut each: Vec<_> = analyses.clone().collect();
        let row = |data| each.iter_mut().map(|analysis| analysis(data)).collect::<Vec<u32>>();
        let looped: Vec<Vec<u32>> = buffers.iter().map(row).collect();
        let buffers = buffers.into_iter().map(Arc::new);
        let rows: Vec<_> = within(move || {
            thread::scope(|scope| analyse(scope, buffers, capacity, analyses).collect())
        });
        prop_assert_eq!(rows, looped);
    }
}

#[test]
fn all_read_the_same_memory_at_the_same_time() {
    within(|| {
        let all = Barrier::new(3);
        let place = |data: &[u8]| {
            all.wait();
            (data.as_ptr() as usize, data.len())
        };
        let buffers: Vec<Arc<[u8]>> = (0..5_u8).map(|n| Arc::from([n; 1_000])).collect();
        let made_at: Vec<_> = buffers.iter().map(|data| data.as_ptr() as usize).collect();
        thread::scope(|scope| {
            let rows = analyse(scope, buffers, 1, [place; 3]);
            assert!(rows.eq(made_at.into_iter().map(|at| [(at, 1_000); 3])));
        });
    });
}

#[test]
fn a_buffer_is_gone_when_its_row_arrives() {
    within(|| {
        for capacity in 0..4 {
            let made = Mutex::new(Vec::new());
            let note = |data: &Arc<usize>| made.lock().unwrap().push(Arc::downgrade(data));
            let buffers = (0..MANY).map(Arc::new).inspect(note);
            thread::scope(|scope| {
                for row in analyse(scope, buffers, capacity, [|n: &usize| *n; 3]) {
                    assert_eq!(made.lock().unwrap()[row[0]].strong_count(), 0);
                }
            });
        }
    });
}

#[test]
fn the_input_is_never_far_ahead_of_the_caller() {
    within(|| {
        for capacity in 0..4 {
            let lead = Lead::default();
            // One more than promised: it is in the caller's hand and not yet counted as taken.
            let buffers = lead.limited(MANY, 2 * capacity + 4).map(Arc::new);
            thread::scope(|scope| {
                let rows = analyse(scope, buffers, capacity, [|n: &usize| *n; 2]);
                rows.for_each(|_| lead.take());
            });
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for (capacity, panics) in [(0, false), (1, false), (3, false), (2, true)] {
            let ledger = Ledger::default();
            let buffers = ledger.items().map(Arc::new);
            let ended = outcome(|| {
                thread::scope(|scope| {
                    let analyses = [|item: &Tracked| item.number; 3];
                    let mut rows = analyse(scope, buffers, capacity, analyses);
                    assert!(rows.by_ref().take(5).eq((0..5).map(|n| [n; 3])));
                    assert!(!panics, "the caller's own");
                });
            });
            assert_eq!(
                ended,
                if panics {
                    Err("the caller's own".into())
                } else {
                    Ok(())
                }
            );
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn after_the_caller_has_stopped_no_more_is_polled_or_analysed() {
    within(|| {
        let (stop_tx, stop_rx) = mpsc::channel::<()>();
        let (input_tx, input_rx) = mpsc::channel::<()>();
        let (polls, analysed) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
        let buffers = (0..).map(Arc::new).inspect(move |n| {
            let _until_the_input_is_dropped = &input_tx;
            polls.fetch_add(1, SeqCst);
            assert!(**n != 2 || stop_rx.recv().is_err());
        });
        // The second buffer keeps it busy until then: there is room for more of them.
        let analysis = move |n: &i32| {
            analysed.fetch_add(1, SeqCst);
            assert!(*n != 1 || input_rx.recv().is_err());
        };
        thread::scope(|scope| {
            drop(analyse(scope, buffers, 4, [analysis]).next());
            drop(stop_tx);
        });
        assert!(polls.load(SeqCst) <= 3);
        assert!(analysed.load(SeqCst) <= 2);
    });
}

#[test]
fn after_a_panic_of_an_analysis_the_input_is_not_polled() {
    within(|| {
        let ledger = Ledger::default();
        let analyses = [|item: &Tracked| assert!(item.number != 0, "0 is bad")];
        let ended = rows_before_a_panic(ledger.items().map(Arc::new), analyses);
        assert_eq!(ended, (0, "0 is bad".into()));
        // The bad one, the two in the queue, and one for which there was no room.
        assert!(ledger.handed_out() <= 4);
    });
}

#[test]
fn a_panic_comes_in_its_turn() {
    within(|| {
        // In an analysis, or in the input.
        for bad in 0..4 {
            let ledger = Ledger::default();
            let check = |id: usize, item: &Tracked| {
                assert!(id != bad || item.number != 20, "20 is bad");
            };
            // The input has no end: only the panic ends it.
            let buffers = ledger.items().inspect(|item| check(3, item)).map(Arc::new);
            let analyses = [0, 1, 2].map(|id| move |item: &Tracked| check(id, item));
            let ended = rows_before_a_panic(buffers, analyses);
            assert_eq!(ended, (20, "20 is bad".into()));
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_a_drop_comes_at_the_end() {
    struct Bad(bool);

    impl Drop for Bad {
        fn drop(&mut self) {
            assert!(!self.0, "cannot be dropped");
        }
    }

    within(|| {
        for in_input in [true, false] {
            let (input, analysis) = (Bad(in_input), Bad(!in_input));
            let buffers = (0..5).map(Arc::new).inspect(move |_| _ = &input);
            let ended = rows_before_a_panic(buffers, [move |_: &i32| _ = &analysis]);
            assert_eq!(ended, (5, "cannot be dropped".into()));
        }
    });
}

#[test]
fn a_panic_that_the_caller_does_not_come_to_is_lost() {
    within(|| {
        for capacity in 0..4 {
            let buffers = (0..)
                .inspect(|&n| assert!(n < 3, "no more input"))
                .map(Arc::new);
            let analyses = [|n: &i32| assert!(*n < 2, "2 is bad"); 2];
            let row = thread::scope(|scope| analyse(scope, buffers, capacity, analyses).next());
            assert_eq!(row, Some(vec![(); 2]));
        }
    });
}

#[test]
fn no_analysis_is_refused() {
    let none: [fn(&i32); 0] = [];
    let ended = rows_before_a_panic([Arc::new(1)], none);
    assert_eq!(ended, (0, "there must be an analysis".into()));
}

#[test]
#[cfg(modelled)] // Only there can the system be made to refuse a thread.
fn a_thread_that_cannot_start_is_a_panic_and_no_hang() {
    for threads in 0..3 {
        std::thread::leave(threads);
        // An input that stays silent as long as its sender is here.
        let (_buffer_tx, buffer_rx) = mpsc::channel::<Arc<i32>>();
        let (_, message) = rows_before_a_panic(buffer_rx, [|n: &i32| *n; 2]);
        assert!(message.starts_with("the system has"), "{message}");
    }
}
