//! What `chunked` promises: what all that fan out do, with chunks of one, and, with larger ones:
//! - each item gives one result, in order within a chunk: `a_chunk_keeps_its_order`
//! - the input is never far ahead: `the_input_is_never_far_ahead_in_chunks`
//! - a caller that stops early leaves nothing behind:
//!   `a_caller_that_stops_within_a_chunk_stops_everything`
//! - an input that has ended is not polled again: `an_input_that_has_ended_is_not_polled_again`
//! - an empty chunk is refused: `no_item_in_a_chunk_is_refused`

use std::iter;
use std::thread::{self, Scope};

use fan_out_fan_in::chunked;
use testkit::{Lead, Ledger, MANY, panic_of, within};

#[path = "variants/fan_out.rs"]
mod variants;

#[path = "variants/unordered.rs"]
mod without_order;

fn fan_out<'scope, T: 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + 'scope {
    chunked::fan_out(scope, items, workers, 1, capacity, work)
}

fn ahead(workers: usize, capacity: usize) -> usize {
    capacity + workers
}

#[test]
fn a_chunk_keeps_its_order() {
    within(|| {
        for items in [0, 6, 7, MANY] {
            let mut results: Vec<usize> =
                thread::scope(|scope| chunked::fan_out(scope, 0..items, 3, 7, 2, |n| n).collect());
            for chunk in results.chunk_by(|a, b| a / 7 == b / 7) {
                assert!(chunk.is_sorted() && chunk[0] % 7 == 0, "{chunk:?}");
            }
            results.sort_unstable();
            assert!(results.into_iter().eq(0..items));
        }
    });
}

#[test]
fn the_input_is_never_far_ahead_in_chunks() {
    within(|| {
        let lead = Lead::default();
        // The chunk in the caller's hand is not counted as taken before its last.
        let items = lead.limited(MANY, (ahead(2, 1) + 1) * 3);
        thread::scope(|scope| {
            for _ in chunked::fan_out(scope, items, 2, 3, 1, |n| n) {
                lead.take();
            }
        });
    });
}

#[test]
fn a_caller_that_stops_within_a_chunk_stops_everything() {
    within(|| {
        let ledger = Ledger::default();
        thread::scope(|scope| {
            let results = chunked::fan_out(scope, ledger.items(), 3, 3, 1, |item| item);
            assert_eq!(results.take(5).count(), 5);
        });
        ledger.assert_all_dropped();
    });
}

#[test]
fn an_input_that_has_ended_is_not_polled_again() {
    within(|| {
        for items in [0, 1, 5, 6] {
            let mut answers = vec![None; 1];
            answers.extend((0..items).map(Some));
            let input = iter::from_fn(|| answers.pop().expect("it has ended"));
            let results =
                thread::scope(|scope| chunked::fan_out(scope, input, 2, 3, 1, |n| n).count());
            assert_eq!(results, items);
        }
    });
}

#[test]
fn no_item_in_a_chunk_is_refused() {
    let run = || thread::scope(|scope| chunked::fan_out(scope, [1], 1, 0, 1, |n| n).count());
    assert_eq!(panic_of(run), "there must be an item in a chunk");
}
