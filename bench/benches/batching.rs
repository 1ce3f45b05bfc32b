//! Items from one thread to another, one by one and in batches of several sizes.
//!
//! `single`, without batches, is the baseline. `plain` grows a new vector for each batch, knows no
//! time, and sends without a bound. A batcher looks at the clock: `batcher` once for each 256
//! items, as a loop does that gets many at a time, `batcher, clock each` for each item. `batched`
//! gathers on the receiving side what was sent one by one: it spares the consumer work, but no
//! message. The threads are started inside of what is measured.

use std::hint::black_box;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use complex_data::batched::batches;
use complex_data::batcher::Batcher;

mod common;

const ITEMS: u64 = 400_000;
const SIZES: [usize; 9] = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000];
/// Of batches, or of items where these are sent one by one.
const CAPACITY: usize = 64;
/// So long that only the size counts, as it does for `plain`.
const LINGER: Duration = Duration::from_secs(60);

fn main() {
    let mut criterion = common::criterion();
    let mut group = common::group(&mut criterion, "batching");
    common::rounds(&mut group, "single", "1", ITEMS, single);
    for size in SIZES {
        let scenario = size.to_string();
        let mut bench = |case: &str, round: &dyn Fn(usize) -> Duration| {
            common::rounds(&mut group, case, &scenario, ITEMS, || round(size));
        };
        bench("plain", &plain);
        bench("batcher", &|size| batcher(size, 256));
        bench("batcher, clock each", &|size| batcher(size, 1));
        bench("batched", &batched);
    }
    group.finish();
    criterion.final_summary();
}

fn single() -> Duration {
    let (item_tx, item_rx) = sync_channel(CAPACITY);
    measure(
        move || send_each(&item_tx),
        item_rx,
        |item_rx| item_rx.into_iter().map(|item| _ = black_box(item)).count(),
    )
}

fn plain(size: usize) -> Duration {
    let (batch_tx, batch_rx) = crossbeam_channel::unbounded();
    let produce = move || {
        let mut batch = Vec::new();
        for item in 0..ITEMS {
            batch.push(item);
            if batch.len() >= size {
                batch_tx
                    .send(batch)
                    .expect("the receiver outlives the sends");
                batch = Vec::new();
            }
        }
        batch_tx
            .send(batch)
            .expect("the receiver outlives the sends");
    };
    measure(produce, batch_rx, |batch_rx| {
        gone_through(batch_rx.into_iter())
    })
}

fn batcher(size: usize, at_a_time: usize) -> Duration {
    let (batch_tx, batch_rx) = sync_channel(CAPACITY);
    let produce = move || {
        let mut batcher = Batcher::new(size, LINGER);
        let mut items = 0..ITEMS;
        while !items.is_empty() {
            let now = Instant::now();
            for item in items.by_ref().take(at_a_time) {
                if let Some(batch) = batcher.push(item, now) {
                    batch_tx
                        .send(batch)
                        .expect("the receiver outlives the sends");
                }
            }
        }
        if let Some(batch) = batcher.take() {
            batch_tx
                .send(batch)
                .expect("the receiver outlives the sends");
        }
    };
    measure(produce, batch_rx, |batch_rx| {
        gone_through(batch_rx.into_iter())
    })
}

fn batched(size: usize) -> Duration {
    let (item_tx, item_rx) = sync_channel(CAPACITY);
    measure(
        move || send_each(&item_tx),
        item_rx,
        |item_rx: Receiver<u64>| gone_through(batches(item_rx, size, LINGER, Instant::now)),
    )
}

fn send_each(item_tx: &SyncSender<u64>) {
    for item in 0..ITEMS {
        item_tx.send(item).expect("the receiver outlives the sends");
    }
}

/// Looks at each item of each batch, and counts them.
fn gone_through(batches: impl Iterator<Item = Vec<u64>>) -> usize {
    batches.flatten().map(|item| _ = black_box(item)).count()
}

/// How long it takes to `produce` on a thread and to `consume` all items here.
fn measure<Rx>(
    produce: impl FnOnce() + Send,
    item_rx: Rx,
    consume: impl FnOnce(Rx) -> usize,
) -> Duration {
    common::timed(|| {
        let received = thread::scope(|scope| {
            scope.spawn(produce);
            consume(item_rx)
        });
        assert_eq!(received as u64, ITEMS);
    })
}
