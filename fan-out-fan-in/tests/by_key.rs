//! What `by_key` promises: what all that fan out do, and
//! - the items of a key go to one worker, in order, and its state is its own:
//!   `the_items_of_a_key_go_to_one_worker_in_order`
//! - other keys go on meanwhile: `a_slow_key_holds_up_no_other`
//! - a panic of the key reaches the caller: `a_panic_in_the_key_reaches_the_caller`

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Mutex, mpsc};
use std::thread::{self, Scope, ThreadId};

use fan_out_fan_in::by_key;
use testkit::{MANY, panic_of, within};

#[path = "variants/fan_out.rs"]
mod variants;

/// Each item has a key of its own.
fn fan_out<'scope, T: Send + 'scope, R: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    items: impl IntoIterator<Item = T, IntoIter: Send + 'scope>,
    workers: usize,
    capacity: usize,
    work: impl Fn(T) -> R + Send + Sync + 'scope,
) -> impl Iterator<Item = R> + 'scope {
    let keys = AtomicUsize::new(0);
    let key = move |_: &T| keys.fetch_add(1, Relaxed);
    let work = std::sync::Arc::new(work);
    by_key::fan_out(scope, items, workers, capacity, key, move |item| work(item))
}

fn ahead(workers: usize, capacity: usize) -> usize {
    workers * (capacity + 1) + capacity + 1
}

#[test]
fn the_items_of_a_key_go_to_one_worker_in_order() {
    within(|| {
        let mut next: HashMap<usize, usize> = HashMap::new();
        // Its clones share nothing: each sees all items of its keys.
        let work = move |(key, number): (usize, usize)| {
            let expected = next.entry(key).or_default();
            assert_eq!(number, *expected);
            *expected += 1;
            (key, thread::current().id())
        };
        let items = (0..MANY).map(|n| (n % 7, n / 7));
        let mut workers: HashMap<usize, ThreadId> = HashMap::new();
        thread::scope(|scope| {
            for (key, worker) in by_key::fan_out(scope, items, 3, 2, |item| item.0, work) {
                assert_eq!(*workers.entry(key).or_insert(worker), worker);
            }
        });
        assert_eq!(workers.len(), 7);
    });
}

#[test]
fn a_slow_key_holds_up_no_other() {
    within(|| {
        let (go_tx, go_rx) = mpsc::channel();
        let go_rx = Mutex::new(go_rx);
        let work = |key| {
            if key == 0 {
                go_rx.lock().unwrap().recv().unwrap();
            }
            key
        };
        thread::scope(|scope| {
            // Of so many keys, some have another worker.
            let mut results = by_key::fan_out(scope, 0..9, 2, 9, |&key| key, work);
            assert_ne!(results.next(), Some(0));
            go_tx.send(()).unwrap();
            assert_eq!(results.count(), 8);
        });
    });
}

#[test]
fn a_panic_in_the_key_reaches_the_caller() {
    within(|| {
        let key = |&n: &usize| assert!(n < 20, "no key");
        let run = || thread::scope(|scope| by_key::fan_out(scope, 0.., 2, 1, key, |n| n).count());
        assert_eq!(panic_of(run), "no key");
    });
}
