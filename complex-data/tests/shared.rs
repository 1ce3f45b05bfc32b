//! What `shared` promises.

use std::iter;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex};

use complex_data::shared::analyse;
use proptest::prelude::*;
use testkit::{Lead, Ledger, Tracked, panic_of, within};

/// A row of results of any kind.
type Rows<'a, R> = &'a mut dyn Iterator<Item = Vec<R>>;

/// An analysis of its own kind, as another number makes it.
fn nth_analysis(number: u32) -> impl Fn(&[u32]) -> u32 + Sync {
    move |data| {
        data.iter()
            .fold(number, |sum, &n| sum.wrapping_mul(31).wrapping_add(n))
    }
}

/// The buffers `[0]`, `[1]`, and so on, without end.
fn endless() -> impl Iterator<Item = Arc<[usize]>> + Send {
    (0..).map(|n| Arc::from([n]))
}

proptest! {
    #[test]
    fn the_rows_are_those_of_a_loop(
        buffers in prop::collection::vec(prop::collection::vec(any::<u32>(), 0..5), 0..30),
        analyses in 1_u32..5,
        capacity in 0_usize..4,
    ) {
        let analyses: Vec<_> = (0..analyses).map(nth_analysis).collect();
        let looped: Vec<Vec<u32>> =
            buffers.iter().map(|data| analyses.iter().map(|analysis| analysis(data)).collect()).collect();
        let rows: Vec<Vec<u32>> = within(move || {
            analyse(buffers.into_iter().map(Arc::from), capacity, &analyses, |rows| rows.collect())
        });
        prop_assert_eq!(rows, looped);
    }
}

#[test]
fn nothing_is_copied() {
    within(|| {
        let buffers: Vec<Arc<[u8]>> = (0..10_u8).map(|n| Arc::from([n; 1_000])).collect();
        let place = |data: &[u8]| (data.as_ptr() as usize, data.len());
        let made_at: Vec<_> = buffers.iter().map(|data| vec![place(data); 3]).collect();
        let input = buffers.iter().cloned();
        let read_at: Vec<_> = analyse(input, 1, &[place; 3], |rows| rows.collect());
        assert_eq!(read_at, made_at);
    });
}

#[test]
fn the_analyses_run_at_the_same_time() {
    within(|| {
        let barrier = Barrier::new(4);
        let meet = |_: &[usize]| barrier.wait().is_leader();
        let buffers = endless().take(100);
        analyse(buffers, 1, &[meet; 4], |rows: Rows<'_, bool>| {
            for row in rows {
                assert_eq!(row.iter().filter(|&&leader| leader).count(), 1);
            }
        });
    });
}

#[test]
fn a_buffer_is_gone_when_its_row_arrives() {
    within(|| {
        for capacity in 0..4 {
            let made = Mutex::new(Vec::new());
            let buffers = endless()
                .take(200)
                .inspect(|data| made.lock().unwrap().push(Arc::downgrade(data)));
            let first = |data: &[usize]| data[0];
            analyse(buffers, capacity, &[first; 3], |rows: Rows<'_, usize>| {
                for (number, row) in rows.enumerate() {
                    assert_eq!(row, [number; 3]);
                    assert_eq!(made.lock().unwrap()[number].strong_count(), 0);
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
            let buffers = endless().take(2_000).inspect(|_| {
                let ahead = lead.hand_out();
                assert!(
                    ahead <= 2 * capacity + 3,
                    "{ahead} ahead at capacity {capacity}"
                );
            });
            let rows = analyse(buffers, capacity, &[<[usize]>::len; 2], |rows| {
                rows.inspect(|_| lead.take()).count()
            });
            assert_eq!(rows, 2_000);
        }
    });
}

#[test]
fn a_caller_that_stops_early_stops_everything() {
    within(|| {
        for capacity in 0..4 {
            let ledger = Ledger::default();
            let buffers = ledger.items().map(|item| Arc::from([item]));
            let number = |data: &[Tracked]| data[0].number;
            let rows = analyse(buffers, capacity, &[number; 3], |rows| {
                rows.take(5).collect::<Vec<_>>()
            });
            assert_eq!(rows, [[0; 3], [1; 3], [2; 3], [3; 3], [4; 3]]);
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_an_analysis_comes_in_its_turn() {
    within(|| {
        for bad in 0..3 {
            let ledger = Ledger::default();
            let buffers = ledger.items().map(|item| Arc::from([item]));
            let analyses = [0, 1, 2].map(|id| {
                move |data: &[Tracked]| {
                    assert!(id != bad || data[0].number != 20, "buffer 20 is bad");
                }
            });
            let mut arrived = 0;
            // The input has no end: only the panic ends it.
            let message = panic_of(|| {
                analyse(buffers, 2, &analyses, |rows| {
                    rows.for_each(|_| arrived += 1);
                });
            });
            assert_eq!((message.as_str(), arrived), ("buffer 20 is bad", 20));
            ledger.assert_all_dropped();
        }
    });
}

#[test]
fn a_panic_in_the_input_comes_in_its_turn() {
    within(|| {
        let buffers = endless().inspect(|data| assert!(data[0] < 20, "no more input"));
        let mut arrived = 0;
        let message = panic_of(|| {
            analyse(buffers, 2, &[<[usize]>::len; 3], |rows| {
                rows.for_each(|_| arrived += 1);
            });
        });
        assert_eq!((message.as_str(), arrived), ("no more input", 20));
    });
}

/// A value whose drop panics when it has the number 20.
struct Explosive(usize);

impl Drop for Explosive {
    fn drop(&mut self) {
        assert_ne!(self.0, 20, "value 20 explodes");
    }
}

#[test]
fn a_panic_in_the_drop_of_a_buffer_comes_in_its_turn() {
    within(|| {
        let buffers = (0..=20).map(|n| Arc::from([Explosive(n)]));
        let (mut arrived, mut ended) = (0, false);
        let message = panic_of(|| {
            analyse(buffers, 2, &[<[Explosive]>::len; 3], |rows| {
                rows.for_each(|_| arrived += 1);
                ended = true;
            });
        });
        assert!(message.contains("value 20 explodes"), "{message}");
        assert_eq!((arrived, ended), (20, false));
    });
}

#[test]
fn a_panic_in_the_drop_of_the_input_comes_after_all_rows() {
    within(|| {
        let explosive = Explosive(20);
        let buffers = endless().take(5).inspect(move |_| {
            let _moved_along = &explosive;
        });
        let (mut arrived, mut ended) = (0, false);
        let message = panic_of(|| {
            analyse(buffers, 2, &[<[usize]>::len; 3], |rows| {
                rows.for_each(|_| arrived += 1);
                ended = true;
            });
        });
        assert!(message.contains("value 20 explodes"), "{message}");
        assert_eq!((arrived, ended), (5, false));
    });
}

#[test]
fn a_panic_that_the_caller_does_not_come_to_is_not_passed_on() {
    within(|| {
        for capacity in 0..4 {
            let buffers = endless().inspect(|data| assert!(data[0] < 3, "no more input"));
            let first = |data: &[usize]| {
                assert!(data[0] < 2, "buffer 2 is bad");
                data[0]
            };
            let row = analyse(buffers, capacity, &[first; 2], |rows| rows.next());
            assert_eq!(row, Some(vec![0, 0]));
        }
    });
}

#[test]
fn a_panic_in_the_caller_stops_everything() {
    within(|| {
        let ledger = Ledger::default();
        let buffers = ledger.items().map(|item| Arc::from([item]));
        let message = panic_of(|| {
            analyse(buffers, 2, &[<[Tracked]>::len; 3], |_| {
                panic!("the caller's own")
            });
        });
        assert_eq!(message, "the caller's own");
        ledger.assert_all_dropped();
    });
}

#[test]
fn without_analyses_no_buffer_is_asked_for() {
    within(|| {
        let asked = AtomicUsize::new(0);
        let buffers = iter::repeat_with(|| {
            asked.fetch_add(1, SeqCst);
            Arc::from([0])
        });
        let none: [fn(&[u32]) -> u32; 0] = [];
        assert_eq!(analyse(buffers, 1, &none, |rows| rows.count()), 0);
        assert_eq!(asked.into_inner(), 0);
    });
}

#[test]
fn a_hundred_rounds_end() {
    within(|| {
        for round in 0..100 {
            let buffers = endless().take(round);
            let rows = analyse(buffers, 1, &[<[usize]>::len; 2], |rows| rows.count());
            assert_eq!(rows, round);
        }
    });
}
