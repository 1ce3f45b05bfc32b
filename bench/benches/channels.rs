//! Messages through channels, from one thread or four to one, at several capacities; and large
//! payloads, shared or cloned.
//!
//! The threads are started inside of what is measured. tokio's channel is used from plain threads,
//! like the others, and has no rendezvous: there it has one place.

use std::hint::black_box;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use criterion::Criterion;

mod common;

fn main() {
    let mut criterion = common::criterion();
    channels(&mut criterion);
    payload(&mut criterion);
    criterion.final_summary();
}

fn channels(criterion: &mut Criterion) {
    // A rendezvous puts a thread to sleep for each message or two.
    let capacities = [
        ("unbounded", None, 100_000),
        ("bounded 64", Some(64), 100_000),
        ("rendezvous", Some(0), 4_000),
    ];
    for (producers, name) in [(1, "1 producer"), (4, "4 producers")] {
        for (kind, capacity, messages) in capacities {
            let load = Load {
                producers,
                capacity,
                messages,
            };
            compare(criterion, &format!("8 bytes, {name}, {kind}"), load, || {
                7_u64
            });
        }
    }
    let load = Load {
        producers: 1,
        capacity: Some(64),
        messages: 100_000,
    };
    compare(criterion, "String, 1 producer, bounded 64", load, || {
        String::from("a message of 30 bytes or so ...")
    });
}

/// What it costs to give a consumer 1 MB that the producer keeps.
fn payload(criterion: &mut Criterion) {
    let mut group = common::group(criterion, "channels-payload");
    let shared: Arc<Vec<u8>> = Arc::new(vec![1; 1_000_000]);
    let load = Load {
        producers: 1,
        capacity: Some(64),
        messages: 200,
    };
    let cloned = || Vec::clone(&shared);
    common::rounds(&mut group, "clone", "1 MB", load.messages, || {
        over_std(load, &cloned)
    });
    let load = Load {
        messages: 100_000,
        ..load
    };
    let referred = || Arc::clone(&shared);
    common::rounds(&mut group, "Arc", "1 MB", load.messages, || {
        over_std(load, &referred)
    });
}

#[derive(Clone, Copy)]
struct Load {
    producers: u64,
    /// `None` is without a bound.
    capacity: Option<usize>,
    messages: u64,
}

fn compare<T: Send>(
    criterion: &mut Criterion,
    scenario: &str,
    load: Load,
    message: impl Fn() -> T + Sync,
) {
    let mut group = common::group(criterion, "channels");
    let mut bench = |case: &str, round: &dyn Fn() -> Duration| {
        common::rounds(&mut group, case, scenario, load.messages, round);
    };
    bench("std", &|| over_std(load, &message));
    bench("crossbeam", &|| over_crossbeam(load, &message));
    bench("tokio", &|| over_tokio(load, &message));
    bench("flume", &|| over_flume(load, &message));
    bench("kanal", &|| over_kanal(load, &message));
}

fn over_std<T: Send>(load: Load, message: &(impl Fn() -> T + Sync)) -> Duration {
    use mpsc::{Receiver, Sender, SyncSender};
    let recv = |rx: &mut Receiver<T>| rx.recv().ok();
    match load.capacity {
        None => transfer(
            load,
            mpsc::channel(),
            message,
            |tx: &Sender<T>, m| tx.send(m).is_ok(),
            recv,
        ),
        Some(capacity) => {
            let send = |tx: &SyncSender<T>, m| tx.send(m).is_ok();
            transfer(load, mpsc::sync_channel(capacity), message, send, recv)
        }
    }
}

/// crossbeam's channels, and those of the crates that have the same interface.
macro_rules! over {
    ($name:ident, $channels:ident) => {
        fn $name<T: Send>(load: Load, message: &(impl Fn() -> T + Sync)) -> Duration {
            use $channels::{Receiver, Sender, bounded, unbounded};
            let channel = load.capacity.map_or_else(unbounded, bounded);
            let send = |tx: &Sender<T>, m| tx.send(m).is_ok();
            transfer(load, channel, message, send, |rx: &mut Receiver<T>| {
                rx.recv().ok()
            })
        }
    };
}

over!(over_crossbeam, crossbeam_channel);
over!(over_flume, flume);
over!(over_kanal, kanal);

fn over_tokio<T: Send>(load: Load, message: &(impl Fn() -> T + Sync)) -> Duration {
    use tokio::sync::mpsc::{
        Receiver, Sender, UnboundedReceiver, UnboundedSender, channel, unbounded_channel,
    };
    match load.capacity {
        None => {
            let send = |tx: &UnboundedSender<T>, m| tx.send(m).is_ok();
            let recv = |rx: &mut UnboundedReceiver<T>| rx.blocking_recv();
            transfer(load, unbounded_channel(), message, send, recv)
        }
        Some(capacity) => {
            let send = |tx: &Sender<T>, m| tx.blocking_send(m).is_ok();
            let recv = |rx: &mut Receiver<T>| rx.blocking_recv();
            transfer(load, channel(capacity.max(1)), message, send, recv)
        }
    }
}

/// Sends all messages, each made by its producer, and receives them here.
fn transfer<T, Tx: Clone + Send, Rx>(
    load: Load,
    (message_tx, mut message_rx): (Tx, Rx),
    message: &(impl Fn() -> T + Sync),
    send: impl Fn(&Tx, T) -> bool + Sync,
    recv: impl Fn(&mut Rx) -> Option<T>,
) -> Duration {
    common::timed(|| {
        thread::scope(|scope| {
            for _ in 0..load.producers {
                let (message_tx, send) = (message_tx.clone(), &send);
                scope.spawn(move || {
                    for _ in 0..load.messages / load.producers {
                        assert!(
                            send(&message_tx, message()),
                            "the receiver outlives the sends"
                        );
                    }
                });
            }
            drop(message_tx); // The receiver sees the end when the producers' are gone.
            let mut received = 0;
            while let Some(message) = recv(&mut message_rx) {
                black_box(message);
                received += 1;
            }
            assert_eq!(received, load.messages);
        });
    })
}
