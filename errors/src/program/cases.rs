//! Does each operation on real channels, and keeps what came back.
#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "one closure stands for the methods of two libraries"
)]

use std::panic::catch_unwind;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel, sync_channel};
use std::thread::{self, Builder};
use std::time::{Duration, Instant};

use common::timeline::at_work;
use crossbeam_channel::{bounded, unbounded};
use errors::deadline::receive_until;
use errors::failure::flatten;
use errors::first_error::try_for_each;
use errors::timed_send::channel as timed;

use crate::program::shown::Shown;

/// How long to wait where nobody is there to end the wait.
const SOON: Duration = Duration::from_millis(1);

/// Not reached: what ends the wait is there.
const FAR: Duration = Duration::from_secs(60);

/// Operation, state of the channel, what to do. The words of a state are what is done: see `sent`
/// and `received`.
#[rustfmt::skip]
const CASES: [[&str; 3]; 50] = [
    ["send", "unbounded", "go on; bound it, or memory grows"],
    ["send", "room", "go on; accepted is not yet done"],
    ["send", "full, then read", "go on; it waits for room"],
    ["send", "rendezvous, reader waits", "go on; the reader has it"],
    ["send", "room, then receiver gone", "have it acknowledged, or drain"],
    ["send", "full, then receiver gone", "take it back, and stop"],
    ["send", "receiver gone", "take it back, and stop"],
    ["try_send", "unbounded", "go on; bound it, or memory grows"],
    ["try_send", "room", "go on; accepted is not yet done"],
    ["try_send", "full", "retry later, try another, or shed"],
    ["try_send", "rendezvous, nobody waits", "use send, or a capacity of 1"],
    ["try_send", "receiver gone", "take it back, and stop"],
    ["try_send", "full, receiver gone", "take it back, and stop"],
    ["send_timeout", "room", "go on; accepted is not yet done"],
    ["send_timeout", "full, then read", "go on; it waits for room"],
    ["send_timeout", "full", "retry later, try another, or shed"],
    ["send_timeout", "rendezvous, nobody waits", "retry later, try another, or shed"],
    ["send_timeout", "receiver gone", "take it back, and stop"],
    ["recv", "1 queued", "go on"],
    ["recv", "1 queued, senders gone", "go on; the end comes after it"],
    ["recv", "empty, then 1 is sent", "go on; it waits"],
    ["recv", "rendezvous, sender waits", "go on"],
    ["recv", "empty, senders gone", "the end: join the senders"],
    ["recv", "empty, sender panicked", "looks like the end: join it"],
    ["try_recv", "1 queued", "go on"],
    ["try_recv", "1 queued, senders gone", "go on; the end comes after it"],
    ["try_recv", "empty", "do something else, or recv"],
    ["try_recv", "empty, only you can send", "drop tx: recv would never end"],
    ["try_recv", "rendezvous, nobody sends", "do something else, or recv"],
    ["try_recv", "empty, senders gone", "the end: join the senders"],
    ["recv_timeout", "1 queued", "go on"],
    ["recv_timeout", "1 queued, limit 0", "go on; in a loop, mind the clock"],
    ["recv_timeout", "1 queued, senders gone", "go on; the end comes after it"],
    ["recv_timeout", "empty, then 1 is sent", "go on; it waits"],
    ["recv_timeout", "empty", "retry, or give up"],
    ["recv_timeout", "rendezvous, nobody sends", "retry, or give up"],
    ["recv_timeout", "empty, senders gone", "the end: join the senders"],
    ["recv_deadline", "1 queued, deadline past", "go on; in a loop, mind the clock"],
    ["receive_until", "1 queued, deadline past", "take the rest with try_iter"],
    ["receive_until", "empty", "go on; the time is over"],
    ["receive_until", "1 queued, senders gone", "the end: join the senders"],
    ["join", "worker returned a value", "go on"],
    ["join", "worker returned an error", "mind the error inside the Ok"],
    ["join", "worker panicked", "resume_unwind, or flatten"],
    ["flatten(join)", "worker returned a value", "go on"],
    ["flatten(join)", "worker returned an error", "handle it, or use ?"],
    ["flatten(join)", "worker panicked", "handle it, or use ?"],
    ["try_for_each", "3 items", "go on"],
    ["try_for_each", "item 1 fails", "handle it: all workers have ended"],
    ["try_for_each", "item 1 panics, is caught", "handle it: all workers have ended"],
];

/// Operation, state, what came back from std's channel and from crossbeam's, what to do.
pub(crate) fn cases() -> Vec<[String; 5]> {
    let case = |[operation, state, advice]: [&str; 3]| {
        let _block = at_work(operation);
        let [of_std, of_crossbeam] = came_back(operation, state);
        let (operation, state) = (operation.into(), state.into());
        [operation, state, of_std, of_crossbeam, advice.into()]
    };
    CASES.into_iter().map(case).collect()
}

/// Tries an operation with a channel of std's and with one of crossbeam's.
macro_rules! both {
    (sent: $state:ident, $of_std:path, $send:expr) => {{
        let capacity = usize::from(!$state.starts_with("rendezvous"));
        [
            sent($state, $of_std(capacity), $send, |rx| rx.recv()),
            sent($state, bounded(capacity), $send, |rx| rx.recv()),
        ]
    }};
    (received: $state:ident, $recv:expr) => {{
        let capacity = usize::from(!$state.starts_with("rendezvous"));
        [
            received($state, sync_channel(capacity), |tx, n| tx.send(n), $recv),
            received($state, bounded(capacity), |tx, n| tx.send(n), $recv),
        ]
    }};
}

fn came_back(operation: &str, state: &str) -> [String; 2] {
    let none = || String::from("-");
    let limit = match state {
        "1 queued, limit 0" | "1 queued, deadline past" => Duration::ZERO,
        state if state.contains("then") || state.contains("gone") => FAR,
        _ => SOON,
    };
    match (operation, state) {
        ("send", "unbounded") => [
            sent(state, channel(), |tx, n| tx.send(n), |rx| rx.recv()),
            sent(state, unbounded(), |tx, n| tx.send(n), |rx| rx.recv()),
        ],
        ("send", "room, then receiver gone") => [
            kept(sync_channel(1), |tx, message| tx.send(message).is_ok()),
            kept(bounded(1), |tx, message| tx.send(message).is_ok()),
        ],
        ("send", _) => both!(sent: state, sync_channel, |tx, n| tx.send(n)),
        ("try_send", "unbounded") => {
            let (tx, _rx) = unbounded();
            [none(), tx.try_send(2).shown()]
        }
        ("try_send", _) => both!(sent: state, sync_channel, |tx, n| tx.try_send(n)),
        ("send_timeout", "rendezvous, nobody waits") => {
            let (tx, _rx) = bounded(0);
            [none(), tx.send_timeout(2, limit).shown()]
        }
        ("send_timeout", _) => both!(sent: state, timed, |tx, n| tx.send_timeout(n, limit)),
        ("recv", _) => both!(received: state, |rx| rx.recv()),
        ("try_recv", _) => both!(received: state, |rx| rx.try_recv()),
        ("recv_timeout", _) => both!(received: state, |rx| rx.recv_timeout(limit)),
        ("recv_deadline", _) => {
            let (tx, rx) = bounded(1);
            queue(&tx.send(1));
            [none(), rx.recv_deadline(Instant::now() + limit).shown()]
        }
        ("receive_until", _) => {
            let until = |rx: &Receiver<u32>| {
                let mut messages = receive_until(rx, Instant::now() + limit);
                messages.by_ref().for_each(drop);
                messages.end().expect("it has come to its end")
            };
            let came_back = received(state, sync_channel(1), |tx, n| tx.send(n), until);
            [came_back, none()]
        }
        ("join", _) => [worker(|| work(state)).shown(), none()],
        ("flatten(join)", _) => [flatten(worker(|| work(state))).shown(), none()],
        _ => {
            let each = |item| flatten(catch_unwind(|| work(if item == 1 { state } else { "" })));
            let came_back = try_for_each(0..3, 1, |item| each(item).map(drop));
            [came_back.shown(), none()]
        }
    }
}

/// What comes back when 2 is sent.
fn sent<Tx, Rx: Send, E: Shown, R>(
    state: &str,
    (tx, rx): (Tx, Rx),
    send: impl Fn(&Tx, u32) -> Result<(), E>,
    recv: impl Fn(&Rx) -> R + Send,
) -> String {
    let queued = usize::from(state.starts_with("full"));
    (0..queued).for_each(|_| queue(&send(&tx, 1)));
    thread::scope(|scope| {
        let _kept;
        match last_part(state) {
            "receiver gone" => drop(rx),
            "then receiver gone" => drop(scope.spawn(move || drop(rx))),
            "then read" | "reader waits" => {
                scope.spawn(move || (0..=queued).for_each(|_| drop(recv(&rx))));
            }
            _ => _kept = rx,
        }
        send(&tx, 2).shown()
    })
}

/// What comes back when something is received; what is queued or comes is a 1.
fn received<Tx: Send, Rx, E, R: Shown>(
    state: &str,
    (tx, rx): (Tx, Rx),
    send: impl Fn(&Tx, u32) -> Result<(), E> + Send,
    recv: impl Fn(&Rx) -> R,
) -> String {
    if state.starts_with("1 queued") {
        queue(&send(&tx, 1));
    }
    thread::scope(|scope| {
        let _kept;
        match last_part(state) {
            "senders gone" => drop(tx),
            "sender panicked" => drop(worker(move || drop((tx, work(state))))),
            "then 1 is sent" | "sender waits" => drop(scope.spawn(move || queue(&send(&tx, 1)))),
            _ => _kept = tx,
        }
        recv(&rx).shown()
    })
}

fn last_part(state: &str) -> &str {
    state.rsplit(", ").next().unwrap_or(state)
}

fn queue<E>(sent: &Result<(), E>) {
    assert!(sent.is_ok(), "there is room, and a receiver");
}

/// What becomes of a message that was accepted, and not yet received when the receiver goes.
fn kept<Tx, Rx>((tx, rx): (Tx, Rx), send: impl Fn(&Tx, Arc<()>) -> bool) -> String {
    let message = Arc::new(());
    assert!(send(&tx, Arc::clone(&message)), "there is room");
    drop(rx);
    let fate = if Arc::strong_count(&message) > 1 {
        "kept"
    } else {
        "dropped"
    };
    format!("Ok(()), then {fate}")
}

/// How a thread ended that ran `body`.
fn worker<T: Send>(body: impl FnOnce() -> T + Send) -> thread::Result<T> {
    thread::scope(|scope| {
        let thread = Builder::new()
            .name("worker".into())
            .spawn_scoped(scope, body);
        thread.expect("the system has a thread left").join()
    })
}

fn work(state: &str) -> Result<u32, &'static str> {
    assert!(!state.contains("panic"), "bad");
    if state.contains("error") || state.contains("fails") {
        Err("bad")
    } else {
        Ok(7)
    }
}
